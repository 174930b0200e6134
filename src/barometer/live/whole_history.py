"""The whole index out of the store, part by part: all headlines and every coin, by hour or by day (UTC)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, select

from barometer.live.history_files import HistoryPart
from barometer.live.index import bucket_intervals
from barometer.live.store.rollups import ALL_COINS, MILLION
from barometer.live.store.schema import rollups
from barometer.live.store.standing import read_spread
from barometer.live.store.sums import SPAN_OF, Bucket, Buckets
from barometer.live.store.times import HOURS_OF_DAY, SPANS, hour_of
from barometer.prevalence import Spread

Connect = Callable[[], AbstractContextManager[Connection]]
_SHORTER = 1.0 / MILLION
# Hours that are read together: 9,000 rows for 300 coins a day, at most 36,000 for 300 coins an hour.
_PART: dict[Bucket, int] = {"hour": 5 * HOURS_OF_DAY, "day": SPANS[-1]}


def history_parts(connect: Connect, model_version: str, bucket: Bucket, until: datetime) -> Iterator[HistoryPart]:
    """The barometer of each hour or day that has headlines and is over, for all headlines and every coin.

    The numbers are those of `barometer.live.index.history`. Each part is a transaction of its own, so that a reader
    of years holds nothing up; what is scored meanwhile may be in the later parts only.

    Args:
        connect: opens a connection that reads.
        model_version: whose scores.
        bucket: the length of a row.
        until: a moment in UTC; the hour or day that it lies in is not over.
    """
    end = hour_of(until) - SPAN_OF[bucket] + 1  # starts before it are those of hours or days that are over
    with connect() as connection:
        spread = read_spread(connection, model_version)
        months = _months(connection, model_version)
    for month in months:
        for first in range(month, min(month + SPANS[-1], end), _PART[bucket]):
            with connect() as connection:
                part = _part(connection, model_version, bucket, first, min(first + _PART[bucket], end), spread)
            if part is not None:
                yield part


def _months(connection: Connection, model_version: str) -> list[int]:
    """The first hours of the spans of 30 days that have headlines."""
    columns = rollups.c
    rows = select(columns.hour).where(
        columns.model_version == model_version,
        columns.span == SPANS[-1],
        columns.coin == ALL_COINS,
        columns.headlines > 0,
    )
    return sorted(connection.execute(rows).scalars())


def _part(
    connection: Connection, model_version: str, bucket: Bucket, first: int, end: int, spread: Spread | None
) -> HistoryPart | None:
    columns = rollups.c
    rows = select(columns.hour, columns.coin, columns.headlines, columns.positive, columns.squares).where(
        columns.model_version == model_version,
        columns.span == SPAN_OF[bucket],
        columns.hour >= first,
        columns.hour < end,
        columns.headlines > 0,
    )
    # Sorted here: databases do not agree on the order of texts.
    found = sorted(map(tuple, connection.execute(rows).all()))
    if not found:
        return None
    hours, coins, counts, positive, squares = zip(*found, strict=True)
    numbers = (np.array(sums, np.float64) * _SHORTER for sums in (positive, squares))
    sums = Buckets(np.array(hours, np.int64), np.array(counts, np.int64), *numbers)
    values, lows, highs = bucket_intervals(sums, spread)
    return HistoryPart(sums.hours, coins, values, lows, highs, counts, model_version)
