"""The barometer of every coin over the last seven days, next to the seven before, and a month of it as a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from barometer.coins import coin_titles
from barometer.live.records import BarometerReading
from serve.api.parameters import midnight
from serve.api.ports import DataStore
from serve.api.words import change
from serve.markup import render

WEEK, MONTH = timedelta(days=7), 30
_BUCKET = 3  # days averaged for a step of the line: most coins have too few headlines a day
_WIDTH, _HEIGHT, _EDGE = 96, 26, 3  # of a sparkline, in pixels


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
    days = {
        coin: [((day - first.date()).days, reading) for day, reading in found]
        for coin, found in store.coin_days(first, now).items()
    }
    return [
        CoinRow(found.coin, found.reading, before.get(found.coin, nothing), _means(days.get(found.coin, ())))
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


def coin_table(rows: Sequence[CoinRow], picked: str | None) -> str:
    """The table as HTML, most mentioned first; `picked` is the coin that the page is about."""
    known = [value for row in rows for value in row.month if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    drawn = [(row, *change(row.now, row.before), *sparkline(row.month, low, high)) for row in rows]
    return render(
        "coin_table.html", rows=drawn, picked=picked, titles=coin_titles(), width=_WIDTH, height=_HEIGHT
    )  # fmt: skip


def sparkline(values: Sequence[float | None], low: float, high: float) -> tuple[str, str]:
    """SVG paths of values at even steps between `low` and `high`: lines, and dots for values between two gaps."""
    step = (_WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)
    line: list[str] = []
    dots: list[str] = []
    pen_down = False
    for i, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        at = f"{_EDGE + i * step:.1f} {_y(value, low, high):.1f}"
        alone = not pen_down and (i + 1 == len(values) or values[i + 1] is None)
        (dots if alone else line).append(f"M{at}h0" if alone else f"{'L' if pen_down else 'M'}{at}")
        pen_down = True
    return "".join(line), "".join(dots)


def _y(value: float, low: float, high: float) -> float:
    share = 0.5 if high <= low else (min(max(value, low), high) - low) / (high - low)
    return _HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE)
