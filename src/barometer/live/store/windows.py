"""A stretch of time as few pieces: whole spans, which roll-ups answer, and the edges, which rows answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from barometer.live.store.times import EPOCH, HOURS_OF_DAY, hour_of, hour_start

# Hours of an hour, a day and 30 days, each a multiple of the one before and all counted from 1970: a year of 60 coins
# is then some 5,000 roll-ups and not 22,000.
SPANS = (1, HOURS_OF_DAY, 30 * HOURS_OF_DAY)


@dataclass(frozen=True, slots=True)
class Edge:
    """A part [since, until) of one hour."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """Whole spans of so many hours, one of `SPANS`: those that begin in hours [first, last) since 1970."""

    span: int
    first: int
    last: int


def split_window(since: datetime, until: datetime, largest_span: int = SPANS[-1]) -> list[Edge | Run]:
    """Cut [since, until) into at most two edges and few runs of spans up to `largest_span`, none overlapping.

    No edge crosses an hour, and no run the border of a larger span that may be used.

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
        *_runs(first, last, [span for span in SPANS if span <= largest_span]),
        *_edge(hour_start(last), until),
    ]


def _hour_at_or_after(moment: datetime) -> int:
    return -((EPOCH - moment) // (hour_start(1) - EPOCH))


def _edge(since: datetime, until: datetime) -> list[Edge | Run]:
    return [Edge(since, until)] if since < until else []


def _runs(first: int, last: int, spans: Sequence[int]) -> list[Edge | Run]:
    *smaller, span = spans
    start, end = -(-first // span) * span, last // span * span
    whole: list[Edge | Run] = [Run(span, start, end)] if start < end else []
    if not smaller:
        return whole
    if start > end:  # lies inside one of them
        return _runs(first, last, smaller)
    return [*_runs(first, start, smaller), *whole, *_runs(end, last, smaller)]
