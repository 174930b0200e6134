"""Sums of headlines' values over a window: roll-ups for its whole days and hours, rows for its edges."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Row, Select, Text, func, literal, literal_column, select, union_all

from barometer.live.store.marks import Selective
from barometer.live.store.rollups import ALL_COINS, MILLION
from barometer.live.store.schema import model_predictions, rollups, title_coins
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
    connection: Connection, model_version: str, since: datetime, until: datetime, coin: str | None = None
) -> Sums:
    """The sums of [since, until), of all headlines or of those that mention a coin."""
    pieces = split_window(since, until)
    found = _grouped(connection, [_piece(model_version, piece, literal(0), coin) for piece in pieces])
    return found.get(0, Sums())


@dataclass(frozen=True, slots=True)
class Buckets:
    """The sums of K hours or days, the earliest first: `hours` (the first of each, since 1970), counts and sums, (K,).

    Arrays, because five years of days as objects of their own would take longer than the database does.
    """

    hours: NDArray[np.int64]
    counts: NDArray[np.int64]
    positive: NDArray[np.float64]
    squares: NDArray[np.float64]


def bucket_sums(
    connection: Connection,
    model_version: str,
    since: datetime,
    until: datetime,
    bucket: Bucket,
    coin: str | None = None,
) -> Buckets:
    """The sums of each hour or day (UTC) that has headlines in [since, until)."""
    span = SPAN_OF[bucket]
    selects = []
    for piece in split_window(since, until, largest_span=span):
        if isinstance(piece, Run) and piece.span == span:
            selects.append(_each(model_version, piece, coin))
        else:  # within one bucket
            hour = piece.first if isinstance(piece, Run) else hour_of(piece.since)
            selects.append(_piece(model_version, piece, literal(hour // span * span), coin))
    return _buckets(_rows(connection, selects))


def _buckets(rows: Sequence[Row[*tuple[Any, ...]]]) -> Buckets:
    # Only the first and the last bucket have several rows. The columns: bucket, headlines, positive, squares.
    table = np.array([tuple(row) for row in rows if row[1]], np.float64).reshape(-1, 4)
    hours, place = np.unique(table[:, 0].astype(np.int64), return_inverse=True)
    counts, positive, squares = (np.bincount(place, table[:, n], len(hours)).astype(np.float64) for n in (1, 2, 3))
    return Buckets(hours, counts.astype(np.int64), positive, squares)


def coin_sums(connection: Connection, model_version: str, since: datetime, until: datetime) -> dict[str, Sums]:
    """The sums of [since, until) for every coin mentioned in it, by ticker."""
    selects = []
    for piece in split_window(since, until):
        if isinstance(piece, Run):
            # Grouped by an expression: by the column, SQLite would scan the index of coins through all of history.
            coin = rollups.c.coin + literal_column("''", Text)
            selects.append(_run(model_version, piece, coin).where(rollups.c.coin != ALL_COINS).group_by("key"))
        else:
            selects.append(_mentions(_edge(model_version, piece, title_coins.c.coin)).group_by(title_coins.c.coin))
    return _grouped(connection, selects)


def _piece(model_version: str, piece: Edge | Run, key: ColumnElement[Any], coin: str | None) -> Select[Any]:
    if isinstance(piece, Run):
        return _run(model_version, piece, key).where(Selective(rollups.c.coin == (coin or ALL_COINS)))
    edge = _edge(model_version, piece, key)
    return edge if coin is None else _mentions(edge).where(title_coins.c.coin == coin)


def _each(model_version: str, run: Run, coin: str | None) -> Select[Any]:
    columns = rollups.c
    positive, squares = (column * (1.0 / MILLION) for column in (columns.positive, columns.squares))
    rows = _within(select(columns.hour.label("key"), columns.headlines, positive, squares), model_version, run)
    return rows.where(Selective(columns.coin == (coin or ALL_COINS)))


def _run(model_version: str, run: Run, key: ColumnElement[Any]) -> Select[Any]:
    columns = rollups.c
    positive, squares = (func.sum(column) * (1.0 / MILLION) for column in (columns.positive, columns.squares))
    return _within(select(key.label("key"), func.sum(columns.headlines), positive, squares), model_version, run)


def _within(rows: Select[Any], model_version: str, run: Run) -> Select[Any]:
    columns = rollups.c
    return rows.where(
        columns.model_version == model_version,
        columns.span == run.span,
        columns.hour >= run.first,
        columns.hour < run.last,
    )


def _edge(model_version: str, edge: Edge, key: ColumnElement[Any]) -> Select[Any]:
    columns = model_predictions.c
    squares = func.sum(columns.value * columns.value)
    return select(key.label("key"), func.count(columns.value), func.sum(columns.value), squares).where(
        columns.model_version == model_version,
        columns.pub_time >= edge.since,
        columns.pub_time < edge.until,
        columns.counted,
    )


def _mentions(rows: Select[Any]) -> Select[Any]:
    return rows.join_from(model_predictions, title_coins, title_coins.c.title_id == model_predictions.c.title_id)


def _grouped(connection: Connection, selects: list[Select[Any]]) -> dict[Any, Sums]:
    found: dict[Any, Sums] = {}
    for key, count, positive, squares in _rows(connection, selects):
        if count:
            sums = Sums(int(count), float(positive), float(squares))
            found[key] = found[key] + sums if key in found else sums
    return found


def _rows(connection: Connection, selects: list[Select[Any]]) -> Sequence[Row[*tuple[Any, ...]]]:
    # One statement, so that all pieces are from the same moment; fetching all rows is faster for years of days.
    return connection.execute(union_all(*selects)).all() if selects else ()


def coin_days(
    connection: Connection, model_version: str, since: datetime, until: datetime
) -> dict[str, list[tuple[date, Sums]]]:
    """The sums of each UTC day that has headlines, oldest first, for every coin (ticker in capitals) mentioned.

    Days are whole: the first is that of `since`, the last that of the moment before `until`.
    """
    days = rollups.c
    first = hour_of(since) // HOURS_OF_DAY * HOURS_OF_DAY
    rows = select(days.coin, days.hour, days.headlines, days.positive, days.squares).where(
        days.model_version == model_version,
        days.span == HOURS_OF_DAY,
        days.hour >= first,
        days.hour <= hour_of(until - datetime.resolution),
        days.coin != ALL_COINS,
        days.headlines > 0,
    )
    found: dict[str, list[tuple[date, Sums]]] = defaultdict(list)
    for coin, hour, headlines, positive, squares in connection.execute(rows):
        found[coin].append((hour_start(hour).date(), Sums(headlines, positive / MILLION, squares / MILLION)))
    return {coin: sorted(found[coin], key=lambda day: day[0]) for coin in sorted(found)}
