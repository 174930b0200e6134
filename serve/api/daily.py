"""The barometer as one value a day (UTC), each with its class among the five of Fear & Greed indices."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from barometer.live.records import BarometerReading
from serve.api.parameters import FIRST_DAY, last_hours, midnight
from serve.api.ports import DataStore
from serve.api.words import USUAL_SPAN, Standing, standing_of

Classification = Literal["Extreme Fear", "Fear", "Neutral", "Greed", "Extreme Greed"]
_BEGINNING = midnight(FIRST_DAY)
_DAY = timedelta(days=1)
_CLASSES: dict[Standing, tuple[Classification, Classification]] = {
    Standing.LOWER: ("Fear", "Extreme Fear"),
    Standing.HIGHER: ("Greed", "Extreme Greed"),
}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the index: its start in UTC, its value in [0, 1], and its class."""

    start: datetime
    value: float
    classification: Classification


def classification(now: BarometerReading, before: BarometerReading) -> Classification:
    """The class of a window by its standing among the 30 days before it, in the words of Fear & Greed indices.

    Fixed levels (below 25 is extreme fear) would call crypto news fearful on most days: their share of positive
    headlines is ordinary at 25 to 40. So the standing decides: more positive than usual is Greed, less is Fear. It is
    Extreme where even an interval of twice the width, 3.9 standard errors to each side, leaves out what is usual. As
    usual is Neutral, and so is what cannot be compared, as nothing speaks for either side.

    Args:
        now: the window.
        before: the 30 days before it.
    """
    standing = standing_of(now, before)
    if standing not in _CLASSES:
        return "Neutral"
    plain, extreme = _CLASSES[standing]
    return extreme if standing_of(_widened(now), before) is standing else plain


def _widened(now: BarometerReading) -> BarometerReading:
    assert now.value is not None and now.low is not None and now.high is not None  # it has a standing
    return now._replace(low=2 * now.low - now.value, high=2 * now.high - now.value)


def days(store: DataStore, now: datetime, limit: int, coin: str | None) -> list[Day]:
    """The days of the index, newest first: the last 24 hours as today's, before it every day with headlines.

    Args:
        store: the open store.
        now: the end of the last 24 hours, in UTC.
        limit: the most days; 0 for all.
        coin: only headlines that mention it; None for all.
    """
    today = midnight(now.date())
    state = store.state(*last_hours(24, now), coin)
    found = [] if state.reading.value is None else [_day(state.reading, state.usual, today)]
    if not limit:
        return found + _past(store, _BEGINNING, today, coin)
    missing = limit - len(found)
    return found + _newest(store, today, missing, coin) if missing else found


def _newest(store: DataStore, today: datetime, wanted: int, coin: str | None) -> list[Day]:
    """The `wanted` newest days before today; days without headlines may lie between them."""
    if wanted < (today - _BEGINNING).days:
        found = _past(store, today - wanted * _DAY, today, coin)
        if len(found) == wanted:
            return found
    return _past(store, _BEGINNING, today, coin)[:wanted]


def _past(store: DataStore, since: datetime, today: datetime, coin: str | None) -> list[Day]:
    """The days in [since, today), newest first."""
    read = store.history(since - USUAL_SPAN, today, "day", coin)
    return [_day(day, before, day.since) for day, before in _compared(read) if day.since >= since][::-1]


def _day(reading: BarometerReading, before: BarometerReading, start: datetime) -> Day:
    assert reading.value is not None  # days without headlines are left out before
    return Day(start, reading.value, classification(reading, before))


def _compared(newest_first: Sequence[BarometerReading]) -> Iterator[tuple[BarometerReading, BarometerReading]]:
    """Each day with the mean of the 30 days before it, oldest first; a day counts by its headlines."""
    span: deque[BarometerReading] = deque()
    count, positive = 0, 0.0
    for day in reversed(newest_first):
        while span and span[0].since < day.since - USUAL_SPAN:
            gone = span.popleft()
            count, positive = count - gone.count, positive - _positive(gone)
        mean = positive / count if count else None
        yield day, BarometerReading(mean, None, None, count, day.since - USUAL_SPAN, day.since)
        span.append(day)
        count, positive = count + day.count, positive + _positive(day)


def _positive(day: BarometerReading) -> float:
    return day.count * (day.value or 0)
