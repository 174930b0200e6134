"""The index over time: which windows a range is divided into, and what stands out in it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from barometer.live.records import BarometerReading
from serve.api.mood import count_words
from serve.api.parameters import midnight
from serve.api.ports import DataStore
from serve.app.format import points

DAY = timedelta(days=1)
_QUARTER = timedelta(hours=6)
_EVER = datetime(2009, 1, 3, tzinfo=UTC)  # Bitcoin's first block: no crypto news is older
_DAYS = {"1 month": 30, "3 months": 91, "1 year": 365}
WEEK, DEFAULT, ALL = "7 days", "1 month", "All"
RANGES = (WEEK, *_DAYS, ALL)


def windows(store: DataStore, now: datetime, shown: str, coin: str | None) -> list[BarometerReading]:
    """The windows of one of `RANGES`, oldest first, without a gap between them; those without headlines are empty.

    Seven days are shown in quarters of a UTC day, longer ranges in whole days: an hour has too few headlines to tell
    anything. The last window ends now.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    if shown == WEEK:
        first = midnight(now.date()) - timedelta(days=7) + (now - midnight(now.date())) // _QUARTER * _QUARTER
        starts = [first + i * _QUARTER for i in range(29)]
        return [store.reading(start, min(start + _QUARTER, now), coin) for start in starts if start < now]
    since = midnight(now.date()) - timedelta(days=_DAYS[shown]) if shown in _DAYS else _EVER
    return _without_gaps(store.history(since, now, "day", coin)[::-1])


def _without_gaps(days: Sequence[BarometerReading]) -> list[BarometerReading]:
    filled: list[BarometerReading] = []
    for day in days:
        while filled and filled[-1].until < day.since:
            start = filled[-1].until
            filled.append(BarometerReading(None, None, None, 0, start, start + DAY))
        filled.append(day)
    return filled


def middle(window: BarometerReading) -> datetime:
    """Where a window is drawn: its middle, as if it were whole, so that days stand above each other."""
    return window.since + (DAY if window.until - window.since > _QUARTER else _QUARTER) / 2


def history_words(found: Sequence[BarometerReading]) -> str:
    """What the plot of the index shows, in words."""
    known = [(window.value, window) for window in found if window.value is not None]
    if not known:
        return "No headline was published in this time."
    (low, lowest), (high, highest) = min(known, key=lambda w: w[0]), max(known, key=lambda w: w[0])
    total = sum(window.count for window in found)
    said = f"{count_words(total)}. Lowest {points(low)} on {_day(lowest)}, highest {points(high)} on {_day(highest)}"
    empty = len(found) - len(known)
    return f"{said}; {empty} of {len(found)} windows have no headline." if empty else f"{said}."


def _day(window: BarometerReading) -> str:
    return f"{window.since.day} {window.since:%B %Y}"
