"""Sums of headlines' values over a window: roll-ups for its whole days and hours, rows for its edges."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from barometer.live.store.belonging import name_column, of_kind
from barometer.live.store.marks import Selective
from barometer.live.store.parts import ALL, Asked, Kind, Part, part_of
from barometer.live.store.rollups import MILLION
from barometer.live.store.schema import model_predictions, rollups
from barometer.live.store.times import HOURS_OF_DAY, Edge, Run, hour_of, hour_start, split_window

Bucket = Literal["hour", "day"]
Version: TypeAlias = str | ColumnElement[str]
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
    return _grouped(_asked(connection, model_version, pieces, part_of(part))).get(0, Sums())


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
    return _buckets(_asked(connection, model_version, pieces, part_of(part)))


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
            rows = _run(model_version, piece, key, kind).where(rollups.c.coin != ALL.key)
            selects.append(rows.group_by("key"))
        else:
            name = name_column(kind)
            key = literal(kind.mark) + name if kind.mark else name
            selects.append(_edge(model_version, piece, key, kind).group_by(name))
    found = _grouped(_rows(connection, selects))
    return {key.removeprefix(kind.mark): sums for key, sums in found.items()}


@dataclass(frozen=True, slots=True)
class OutletBuckets:
    """The sums of outlets in hours or days, by time: `hours` as in `Buckets`, each with an outlet once."""

    hours: NDArray[np.int64]
    counts: NDArray[np.float64]
    positive: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of_window(cls, outlets: Collection[Sums]) -> "OutletBuckets":
        """Those of one window, as if it were an hour or a day."""
        counts, positive, squares = (
            np.array([getattr(sums, name) for sums in outlets], np.float64) for name in ("count", "positive", "squares")
        )
        return cls(np.zeros(len(outlets), np.int64), counts, positive, squares)


def outlet_bucket_sums(
    connection: Connection, model_version: str, since: datetime, until: datetime, bucket: Bucket
) -> OutletBuckets:
    """The sums of every outlet in each hour or day (UTC) that has headlines in [since, until)."""
    span, selects = SPAN_OF[bucket], []
    for piece in split_window(since, until, largest_span=span):
        first = piece.first if isinstance(piece, Run) else hour_of(piece.since)
        # Whole buckets have an hour of their own, what is smaller lies within one bucket.
        whole = isinstance(piece, Run) and piece.span == span
        selects.append(_outlets_of(model_version, piece, rollups.c.hour if whole else literal(first // span * span)))
    names: dict[str, int] = {}
    rows = [(*row[:4], names.setdefault(row[4], len(names))) for row in _rows(connection, selects) if row[1]]
    hours, *sums, outlets = list(zip(*rows, strict=True)) or [(), (), (), (), ()]
    pairs = np.array(hours, np.int64) * max(len(names), 1) + np.array(outlets, np.int64)
    pairs, place = np.unique(pairs, return_inverse=True)
    counts, positive, squares = (
        np.bincount(place, np.array(each, np.float64), len(pairs)).astype(np.float64) for each in sums
    )
    return OutletBuckets(pairs // max(len(names), 1), counts, positive, squares)


def _outlets_of(model_version: str, piece: Edge | Run, hour: ColumnElement[int]) -> Select[Any]:
    kind = Kind.OUTLET
    if isinstance(piece, Run):
        rows = _run(model_version, piece, hour, kind)
        return rows.add_columns(rollups.c.coin).group_by(rollups.c.hour, rollups.c.coin)
    name = name_column(kind)
    return _edge(model_version, piece, hour, kind).add_columns(literal(kind.mark) + name).group_by(name)


def _asked(
    connection: Connection, model_version: str, pieces: Sequence[tuple[Edge | Run, int | None]], part: Part
) -> Sequence[Row[*tuple[Any, ...]]]:
    """A row for each piece, with the hour that is given as its key, or for each span of a run, if none is given."""
    if not pieces:
        return ()
    values: dict[str, Any] = {"version": model_version, "part": part.key, "name": part.name}
    for n, (piece, hour) in enumerate(pieces):
        ends = (piece.first, piece.last) if isinstance(piece, Run) else (piece.since, piece.until)
        values |= {f"from{n}": ends[0], f"to{n}": ends[1], f"hour{n}": hour}
    shape = tuple((piece.span if isinstance(piece, Run) else 0, hour is None) for piece, hour in pieces)
    return connection.execute(_statement(shape, part.kind), values).all()


@lru_cache(maxsize=256)
def _statement(shape: tuple[tuple[int, bool], ...], kind: Kind) -> CompoundSelect[*tuple[Any, ...]]:
    """The statement of `_asked` for pieces of these spans (0 for an edge), by whether each span has a row of its own.

    Kept, because making it takes as long as a database takes to answer.
    """
    return union_all(*(_piece(n, span, each, kind) for n, (span, each) in enumerate(shape)))


def _piece(n: int, span: int, each: bool, kind: Kind) -> Select[Any]:
    version: ColumnElement[str] = bindparam("version")
    first: Any = bindparam(f"from{n}")
    last: Any = bindparam(f"to{n}")
    hour = bindparam(f"hour{n}", type_=Integer)
    if not span:
        edge = _edge(version, Edge(first, last), hour, kind)
        return edge if kind is Kind.ALL else edge.where(name_column(kind) == bindparam("name"))
    run = Run(span, first, last)
    rows = _each(version, run, kind) if each else _run(version, run, hour, kind)
    return rows.where(Selective(rollups.c.coin == bindparam("part")))


def _each(model_version: Version, run: Run, kind: Kind) -> Select[Any]:
    columns = rollups.c
    positive, squares = (column * (1.0 / MILLION) for column in (columns.positive, columns.squares))
    rows = select(columns.hour.label("key"), columns.headlines, positive, squares)
    return _within(rows, model_version, run, kind)


def _run(model_version: Version, run: Run, key: ColumnElement[Any], kind: Kind) -> Select[Any]:
    columns = rollups.c
    positive, squares = (func.sum(column) * (1.0 / MILLION) for column in (columns.positive, columns.squares))
    rows = select(key.label("key"), func.sum(columns.headlines), positive, squares)
    return _within(rows, model_version, run, kind)


def _within(rows: Select[Any], model_version: Version, run: Run, kind: Kind) -> Select[Any]:
    columns = rollups.c
    return rows.where(
        columns.model_version == model_version,
        columns.span == run.span + kind.apart,
        columns.hour >= run.first,
        columns.hour < run.last,
    )


def _edge(model_version: Version, edge: Edge, key: ColumnElement[Any], kind: Kind) -> Select[Any]:
    columns = model_predictions.c
    squares = func.sum(columns.value * columns.value)
    rows = select(key.label("key"), func.count(columns.value), func.sum(columns.value), squares)
    return of_kind(rows, kind).where(
        columns.model_version == model_version,
        columns.pub_time >= edge.since,
        columns.pub_time < edge.until,
        columns.counted,
    )


def _grouped(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[Any, Sums]:
    found: dict[Any, Sums] = {}
    for key, count, positive, squares in rows:
        if count:
            sums = Sums(int(count), float(positive), float(squares))
            found[key] = found[key] + sums if key in found else sums
    return found


def _rows(connection: Connection, selects: list[Select[Any]]) -> Sequence[Row[*tuple[Any, ...]]]:
    # One statement, so that all pieces are from the same moment; fetching all rows is faster for years of days.
    return connection.execute(union_all(*selects)).all() if selects else ()


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
