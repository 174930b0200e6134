"""Sums of headlines' values over a window: roll-ups for its whole days and hours, rows for its edges."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Connection,
    Row,
    Text,
    literal,
    literal_column,
    select,
)

from barometer.live.store.belonging import name_column
from barometer.live.store.parts import ALL, Asked, Kind, part_of
from barometer.live.store.pieces import edge_rows, read_pieces, read_rows, run_rows
from barometer.live.store.rollups import MILLION
from barometer.live.store.schema import rollups
from barometer.live.store.times import HOURS_OF_DAY, Edge, Run, hour_of, hour_start, split_window

Bucket = Literal["hour", "day"]
SPAN_OF: dict[Bucket, int] = {"hour": 1, "day": HOURS_OF_DAY}


@dataclass(frozen=True, slots=True)
class Sums:
    """How many headlines count, the sum of their values (see `barometer.prevalence`), and that of the squares."""

    count: int = 0
    positive: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.count + other.count, self.positive + other.positive, self.squares + other.squares)


def window_sums(
    connection: Connection, model_version: str, since: datetime, until: datetime, part: Asked = None
) -> Sums:
    """The sums of [since, until), of all headlines or of a part; a ticker stands for those that mention the coin."""
    pieces = [(piece, 0) for piece in split_window(since, until)]
    return _grouped(read_pieces(connection, model_version, pieces, part_of(part))).get(0, Sums())


@dataclass(frozen=True, slots=True)
class Buckets:
    """The sums of K hours or days, the earliest first: `hours` (the first of each, since 1970), counts and sums, (K,).

    Arrays, because five years of days as objects of their own would take longer than the database does.
    """

    hours: NDArray[np.int64]
    counts: NDArray[np.int64] | NDArray[np.float64]
    positive: NDArray[np.float64]
    squares: NDArray[np.float64]


def bucket_sums(
    connection: Connection,
    model_version: str,
    since: datetime,
    until: datetime,
    bucket: Bucket,
    part: Asked = None,
) -> Buckets:
    """The sums of each hour or day (UTC) that has headlines in [since, until)."""
    span = SPAN_OF[bucket]
    pieces: list[tuple[Edge | Run, int | None]] = []
    for piece in split_window(since, until, largest_span=span):
        first = piece.first if isinstance(piece, Run) else hour_of(piece.since)
        whole = isinstance(piece, Run) and piece.span == span
        pieces.append((piece, None if whole else first // span * span))  # what is smaller lies within one bucket
    return _buckets(read_pieces(connection, model_version, pieces, part_of(part)))


def _buckets(rows: Sequence[Row[*tuple[Any, ...]]]) -> Buckets:
    # Only the first and the last bucket have several rows. The columns: bucket, headlines, positive, squares.
    table = np.array([tuple(row) for row in rows if row[1]], np.float64).reshape(-1, 4)
    hours, place = np.unique(table[:, 0].astype(np.int64), return_inverse=True)
    counts, positive, squares = (np.bincount(place, table[:, n], len(hours)).astype(np.float64) for n in (1, 2, 3))
    return Buckets(hours, counts.astype(np.int64), positive, squares)


def coin_sums(
    connection: Connection, model_version: str, since: datetime, until: datetime, *, alone: bool = False
) -> dict[str, Sums]:
    """The sums of [since, until) for every coin mentioned in it, by ticker; `alone` without headlines that name two."""
    return _sums_of(connection, model_version, since, until, Kind.ALONE if alone else Kind.COIN)


def outlet_sums(connection: Connection, model_version: str, since: datetime, until: datetime) -> dict[str, Sums]:
    """The sums of [since, until) for every outlet that has headlines in it, by name."""
    return _sums_of(connection, model_version, since, until, Kind.OUTLET)


def _sums_of(
    connection: Connection, model_version: str, since: datetime, until: datetime, kind: Kind
) -> dict[str, Sums]:
    selects = []
    for piece in split_window(since, until):
        if isinstance(piece, Run):
            # Grouped by an expression: by the column, SQLite would scan the index of coins through all of history.
            key = rollups.c.coin + literal_column("''", Text)
            rows = run_rows(model_version, piece, key, kind).where(rollups.c.coin != ALL.key)
            selects.append(rows.group_by("key"))
        else:
            name = name_column(kind)
            key = literal(kind.mark) + name if kind.mark else name
            selects.append(edge_rows(model_version, piece, key, kind).group_by(name))
    found = _grouped(read_rows(connection, selects))
    return {key.removeprefix(kind.mark): sums for key, sums in found.items()}


def _grouped(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[Any, Sums]:
    found: dict[Any, Sums] = {}
    for key, count, positive, squares in rows:
        if count:
            sums = Sums(int(count), float(positive), float(squares))
            found[key] = found[key] + sums if key in found else sums
    return found


def coin_days(
    connection: Connection, model_version: str, since: datetime, until: datetime, *, alone: bool = False
) -> dict[str, list[tuple[date, Sums]]]:
    """The sums of each UTC day that has headlines, oldest first, for every coin (ticker in capitals) mentioned.

    Days are whole: the first is that of `since`, the last that of the moment before `until`. With `alone`, headlines
    that mention another coin as well are left out.
    """
    days, kind = rollups.c, Kind.ALONE if alone else Kind.COIN
    first = hour_of(since) // HOURS_OF_DAY * HOURS_OF_DAY
    rows = select(days.coin, days.hour, days.headlines, days.positive, days.squares).where(
        days.model_version == model_version,
        days.span == HOURS_OF_DAY + kind.apart,
        days.hour >= first,
        days.hour <= hour_of(until - datetime.resolution),
        days.coin != ALL.key,
        days.headlines > 0,
    )
    found: dict[str, list[tuple[date, Sums]]] = defaultdict(list)
    for key, hour, headlines, positive, squares in connection.execute(rows):
        sums = Sums(headlines, positive / MILLION, squares / MILLION)
        found[key.removeprefix(kind.mark)].append((hour_start(hour).date(), sums))
    return {coin: sorted(found[coin], key=lambda day: day[0]) for coin in sorted(found)}
