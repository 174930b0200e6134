"""The SQL of a window's pieces: roll-ups for its whole spans, rows of headlines for its edges, as one statement."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    select,
    union_all,
)

from barometer.live.store.belonging import name_column, of_kind
from barometer.live.store.marks import Selective
from barometer.live.store.parts import Kind, Part
from barometer.live.store.rollups import MILLION
from barometer.live.store.schema import model_predictions, rollups
from barometer.live.store.times import Edge, Run

Version: TypeAlias = str | ColumnElement[str]


def read_pieces(
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
    """The statement of `read_pieces`: each piece by its span, 0 for an edge, and whether it has a row for each span.

    Kept, because making it takes as long as a database takes to answer.
    """
    return union_all(*(_piece(n, span, each, kind) for n, (span, each) in enumerate(shape)))


def _piece(n: int, span: int, each: bool, kind: Kind) -> Select[Any]:
    version: ColumnElement[str] = bindparam("version")
    first: Any = bindparam(f"from{n}")
    last: Any = bindparam(f"to{n}")
    hour = bindparam(f"hour{n}", type_=Integer)
    if not span:
        edge = edge_rows(version, Edge(first, last), hour, kind)
        return edge if kind is Kind.ALL else edge.where(name_column(kind) == bindparam("name"))
    run = Run(span, first, last)
    rows = _each(version, run, kind) if each else run_rows(version, run, hour, kind)
    return rows.where(Selective(rollups.c.coin == bindparam("part")))


def _each(model_version: Version, run: Run, kind: Kind) -> Select[Any]:
    columns = rollups.c
    positive, squares = (column * (1.0 / MILLION) for column in (columns.positive, columns.squares))
    rows = select(columns.hour.label("key"), columns.headlines, positive, squares)
    return _within(rows, model_version, run, kind)


def run_rows(model_version: Version, run: Run, key: ColumnElement[Any], kind: Kind) -> Select[Any]:
    """The roll-ups of a run as one row, ungrouped: key, headlines, positive, squares."""
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


def edge_rows(model_version: Version, edge: Edge, key: ColumnElement[Any], kind: Kind) -> Select[Any]:
    """The headlines of an edge as one row, ungrouped: key, headlines, positive, squares."""
    columns = model_predictions.c
    squares = func.sum(columns.value * columns.value)
    rows = select(key.label("key"), func.count(columns.value), func.sum(columns.value), squares)
    return of_kind(rows, kind).where(
        columns.model_version == model_version,
        columns.pub_time >= edge.since,
        columns.pub_time < edge.until,
        columns.counted,
    )


def read_rows(connection: Connection, selects: list[Select[Any]]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of all pieces: one statement, so that they are from the same moment."""
    return connection.execute(union_all(*selects)).all() if selects else ()
