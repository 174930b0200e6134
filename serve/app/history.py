"""The index over time: which windows a range is divided into, and what stands out in it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from barometer.live.records import BarometerReading
from serve.api.parameters import midnight
from serve.api.ports import DataStore
from serve.api.words import count_words
from serve.app.format import points

DAY = timedelta(days=1)
_QUARTER = timedelta(hours=6)
_FEW = 4  # headlines in a quarter of a day on average, below which whole days are shown
_EVER = datetime(2009, 1, 3, tzinfo=UTC)  # Bitcoin's first block: no crypto news is older
_DAYS = {"7 days": 7, "1 month": 30, "3 months": 91, "1 year": 365}
WEEK, DEFAULT, ALL = "7 days", "1 month", "All"
RANGES = (*_DAYS, ALL)


def windows(store: DataStore, now: datetime, shown: str, coin: str | None) -> list[BarometerReading]:
    """The windows of one of `RANGES`, oldest first, without a gap between them; those without headlines are empty.

    Seven days are shown in quarters of a UTC day where those have headlines enough to tell anything, all else in whole
    days. The last window is the one that `now` is in, as far as it has gone.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    today = midnight(now.date())
    if shown == WEEK:
        last = today + (now - today) // _QUARTER * _QUARTER
        starts = [last - i * _QUARTER for i in reversed(range(28))]
        quarters = [store.reading(start, start + _QUARTER, coin) for start in starts]
        if sum(quarter.count for quarter in quarters) >= _FEW * len(quarters):
            return quarters
    since = today - timedelta(days=_DAYS[shown]) if shown in _DAYS else _EVER
    return _without_gaps(store.history(since, today + DAY, "day", coin)[::-1])


def _without_gaps(days: Sequence[BarometerReading]) -> list[BarometerReading]:
    filled: list[BarometerReading] = []
    for day in days:
        while filled and filled[-1].until < day.since:
            start = filled[-1].until
            filled.append(BarometerReading(None, None, None, 0, start, start + DAY))
        filled.append(day)
    return filled


def is_day(window: BarometerReading) -> bool:
    """Whether a window is a day, and no quarter of one."""
    return window.until - window.since == DAY


def middle(window: BarometerReading) -> datetime:
    """Where a window is drawn, so that days stand above the days of other series."""
    return window.since + (window.until - window.since) / 2


def history_words(found: Sequence[BarometerReading]) -> str:
    """What the plot of the index shows, in words."""
    known = [(window.value, window) for window in found if window.value is not None]
    if not known:
        return "No headline was published in this time."
    (low, lowest), (high, highest) = min(known, key=lambda w: w[0]), max(known, key=lambda w: w[0])
    total = sum(window.count for window in found)
    said = f"{count_words(total)}. Lowest {points(low)} on {_day(lowest)}, highest {points(high)} on {_day(highest)}"
    empty = len(found) - len(known)
    parts = "days" if is_day(found[0]) else "quarters of a day"
    return f"{said}; {empty} of {len(found)} {parts} have no headline." if empty else f"{said}."


def _day(window: BarometerReading) -> str:
    return f"{window.since.day} {window.since:%B %Y}"
