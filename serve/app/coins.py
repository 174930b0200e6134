"""The barometer of every coin of the last seven days, beside the seven before, with a month of days to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from barometer.live.records import BarometerReading
from serve.api.parameters import midnight
from serve.api.ports import DataStore

WEEK, MONTH = timedelta(days=7), 30
_BUCKET = 3  # days that a step of the line takes together: a day has too few headlines of most coins


@dataclass(frozen=True, slots=True)
class CoinRow:
    """A coin (ticker in capitals): its last seven days, the seven before, and means of 3 days over 30, oldest first."""

    coin: str
    now: BarometerReading
    before: BarometerReading
    month: Sequence[float | None]


def coin_rows(store: DataStore, now: datetime) -> list[CoinRow]:
    """Every coin that headlines of the last seven days mention, most mentioned first.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    nothing = BarometerReading(None, None, None, 0, now - 2 * WEEK, now - WEEK)
    before = {found.coin: found.reading for found in store.coins(now - 2 * WEEK, now - WEEK)}
    first = midnight(now.date()) - timedelta(days=MONTH - 1)
    days = store.coin_days(first, now)
    return [
        CoinRow(
            found.coin,
            found.reading,
            before.get(found.coin, nothing),
            _means([(((day - first.date()).days), reading) for day, reading in days.get(found.coin, ())]),
        )
        for found in store.coins(now - WEEK, now)
    ]


def _means(days: Sequence[tuple[int, BarometerReading]]) -> list[float | None]:
    """Means over `_BUCKET` days each; `days` are numbered from the first of the month."""
    sums, counts = [0.0] * (MONTH // _BUCKET), [0] * (MONTH // _BUCKET)
    for number, reading in days:
        if reading.value is not None and 0 <= number < MONTH:
            sums[number // _BUCKET] += reading.value * reading.count
            counts[number // _BUCKET] += reading.count
    return [total / count if count else None for total, count in zip(sums, counts, strict=True)]
