"""A stretch of time as few pieces: whole days and hours, which roll-ups answer, and the edges, which rows answer."""

from dataclasses import dataclass
from datetime import datetime

from barometer.live.store.times import EPOCH, HOURS_OF_DAY, hour_of, hour_start


@dataclass(frozen=True, slots=True)
class Edge:
    """A part [since, until) of one hour."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """Whole spans of 1 or 24 hours: those that begin in hours [first, last) since 1970."""

    span: int
    first: int
    last: int


def split_window(since: datetime, until: datetime, largest_span: int = HOURS_OF_DAY) -> list[Edge | Run]:
    """Cut [since, until) into at most two edges, two runs of hours and one run of days, none overlapping.

    With `largest_span` 1 no days are used. No edge crosses an hour; where days are used, no run of
    hours crosses a day.

    Raises:
        ValueError: if `until` lies before `since`.
    """
    if until < since:
        raise ValueError(f"a window from {since.isoformat()} until {until.isoformat()} ends before it begins")
    first, last = _hour_at_or_after(since), hour_of(until)
    if first > last:
        return _edge(since, until)
    return [
        *_edge(since, hour_start(first)),
        *_runs(first, last, largest_span),
        *_edge(hour_start(last), until),
    ]


def _hour_at_or_after(moment: datetime) -> int:
    return -((EPOCH - moment) // (hour_start(1) - EPOCH))


def _edge(since: datetime, until: datetime) -> list[Edge | Run]:
    return [Edge(since, until)] if since < until else []


def _runs(first: int, last: int, largest_span: int) -> list[Edge | Run]:
    if largest_span == 1:
        return [Run(1, first, last)] if first < last else []
    first_midnight = -(-first // HOURS_OF_DAY) * HOURS_OF_DAY
    last_midnight = last // HOURS_OF_DAY * HOURS_OF_DAY
    if first_midnight > last_midnight:  # all within one day
        return [Run(1, first, last)] if first < last else []
    runs = (
        Run(1, first, first_midnight),
        Run(HOURS_OF_DAY, first_midnight, last_midnight),
        Run(1, last_midnight, last),
    )
    return [run for run in runs if run.first < run.last]
