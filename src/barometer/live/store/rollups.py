"""Sums over hours, days and 30 days, updated by the transaction that changes a prediction, and read instead of rows.

Each part of the news has its own (`parts`). Only headlines that count are summed. Values and their squares are summed
in whole millionths, so a sum is exact and does not depend on the order of scorers; the mean of a window is within half
a millionth of that of its rows.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from math import floor
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    Integer,
    Select,
    and_,
    case,
    cast,
    delete,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from barometer.live.store.belonging import all_names, all_of_kind
from barometer.live.store.dialects import chunks, insert, lift_time_limit
from barometer.live.store.marks import Pruning
from barometer.live.store.parts import ALL, GROUPS, Kind, Part, parts_of, spans_of
from barometer.live.store.schema import model_predictions, news_titles, rollups, title_coins
from barometer.live.store.times import SPANS, hour_column, hour_of

MILLION = 1_000_000
ALL_COINS = ALL.key

# (model version, title id, publication, value before, after); None without a prediction, or if it does not count.
Change: TypeAlias = tuple[str, int, datetime, float | None, float | None]
Key: TypeAlias = tuple[str, int, int, str]  # as the primary key: version, span, hour, part
Totals: TypeAlias = tuple[int, int, int]  # headlines, positive, squares
_KEYS = [column.name for column in rollups.primary_key]
_SUMS = ("headlines", "positive", "squares")


def millionths(value: float) -> tuple[int, int]:
    """A value and its square in whole millionths."""
    return floor(value * MILLION + 0.5), floor(value * value * MILLION + 0.5)


def _keys(version: str, pub_time: datetime, parts: Iterable[Part]) -> Iterator[Key]:
    hour = hour_of(pub_time)
    for part in parts:
        key, apart = part.key, part.kind.apart
        for span in SPANS:
            yield version, span + apart, hour // span * span, key


def deltas(connection: Connection, changes: Iterable[Change]) -> dict[Key, Totals]:
    """What changed predictions add to each roll-up; the caller holds the locks of the titles."""
    changed = [change for change in changes if change[3] != change[4]]
    parts = _parts(connection, {title_id for _, title_id, *_ in changed})
    headlines: Counter[Key] = Counter()
    positive: Counter[Key] = Counter()
    squares: Counter[Key] = Counter()
    for version, title_id, pub_time, before, after in changed:
        old, old_square = (0, 0) if before is None else millionths(before)
        new, new_square = (0, 0) if after is None else millionths(after)
        for key in _keys(version, pub_time, parts[title_id]):
            headlines[key] += (after is not None) - (before is not None)
            positive[key] += new - old
            squares[key] += new_square - old_square
    return {key: (headlines[key], positive[key], squares[key]) for key in headlines}


def published(pub_times: Collection[datetime]) -> ColumnElement[bool]:
    """The condition that lets PostgreSQL find the partitions of predictions of headlines published at these times."""
    if not pub_times:
        return Pruning(false())
    return Pruning(model_predictions.c.pub_time.between(min(pub_times), max(pub_times)))


def _parts(connection: Connection, title_ids: Iterable[int]) -> dict[int, list[Part]]:
    """The parts that headlines belong to; what they follow from never changes while a headline is stored."""
    found: dict[int, list[Part]] = {}
    for chunk in chunks(sorted(title_ids)):
        coins: dict[int, list[str]] = defaultdict(list)
        rows = select(title_coins.c.title_id, title_coins.c.coin).where(title_coins.c.title_id.in_(chunk))
        for title_id, coin in connection.execute(rows):
            coins[title_id].append(coin)
        sources = select(news_titles.c.title_id, news_titles.c.source).where(news_titles.c.title_id.in_(chunk))
        found |= {row.title_id: parts_of(row.source, coins[row.title_id]) for row in connection.execute(sources)}
    return found


def add(connection: Connection, changes: dict[Key, Totals]) -> None:
    """Add to roll-ups, in the order of their keys, so that two scorers cannot deadlock."""
    # Hour, day and all coins of one batch are the same few rows for every scorer: locked last and briefly.
    rows = [_row(key, totals) for key, totals in sorted(changes.items()) if totals != (0, 0, 0)]
    if rows:
        connection.execute(_adding(insert(connection, rollups)), rows)


def _adding(statement: "postgresql.Insert | sqlite.Insert") -> "postgresql.Insert | sqlite.Insert":
    sums = {name: rollups.c[name] + statement.excluded[name] for name in _SUMS}
    return statement.on_conflict_do_update(index_elements=_KEYS, set_=sums)


def _row(key: Key, totals: Totals) -> dict[str, object]:
    version, span, hour, part = key
    headlines, positive, squares = totals
    return {
        "model_version": version, "span": span, "hour": hour, "coin": part,
        "headlines": headlines, "positive": positive, "squares": squares,
    }  # fmt: skip


def subtract_hours(connection: Connection, first: int, end: int) -> None:
    """Take what whole days, the hours [first, end) since 1970, add to any roll-up out of it.

    The caller keeps scorers away, and deletes the predictions or adds them again by `sum_again`.
    """
    columns = rollups.c
    *smaller, largest = SPANS
    gone = (columns.hour >= first) & (columns.hour < end)
    start = columns.hour - columns.hour % literal_column(str(largest))
    larger = columns.span + literal_column(str(largest - smaller[-1]))
    keys = [columns.model_version, larger, start, columns.coin]
    days = select(*keys, *(cast(-func.sum(columns[name]), BigInteger) for name in _SUMS))
    days = days.where(gone, columns.span.in_(spans_of(smaller[-1]))).group_by(*keys)
    connection.execute(_adding(insert(connection, rollups).from_select([*_KEYS, *_SUMS], days)))
    wholly = [span for hours in smaller for span in spans_of(hours)]
    connection.execute(delete(rollups).where(gone, columns.span.in_(wholly)))
    empty = and_(*(columns[name] == 0 for name in _SUMS))
    connection.execute(delete(rollups).where(columns.hour < end, columns.span.in_(spans_of(largest)), empty))


def sum_again(connection: Connection, since: datetime, until: datetime) -> None:
    """Add the predictions of [since, until), of all versions, to roll-ups that do not hold them."""
    columns = model_predictions.c
    rows = select(columns.model_version, columns.title_id, columns.pub_time, columns.value)
    rows = rows.where(columns.pub_time >= since, columns.pub_time < until, columns.counted)
    changes = [
        (version, title_id, pub_time, None, value) for version, title_id, pub_time, value in connection.execute(rows)
    ]
    add(connection, deltas(connection, changes))


def rebuild_rollups(connection: Connection, model_version: str, groups: Sequence[Sequence[Kind]] = GROUPS) -> int:
    """Recompute the roll-ups of a version from its predictions; return how many were wrong (0 is expected).

    Reads every prediction of the version, for each of the groups of kinds of parts. Scorers wait meanwhile; readers do
    not.
    """
    lift_time_limit(connection)
    if connection.dialect.name == "postgresql":
        # A scorer that has written predictions but no roll-ups yet is invisible here, and adds its own afterwards.
        connection.execute(text("LOCK TABLE rollups IN EXCLUSIVE MODE"))
    wrong = 0
    for kinds in groups:
        missing = _missing(model_version, connection.dialect, kinds)
        statement = _adding(insert(connection, rollups).from_select([*_KEYS, *_SUMS], missing))
        wrong += connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
    return wrong


def _missing(model_version: str, dialect: Dialect, kinds: Sequence[Kind]) -> Select[*tuple[Any, ...]]:
    """What has to be added to each roll-up of a group of kinds to match the sums of its headlines."""
    hours = _hours(model_version, dialect, kinds).cte("hours", nesting=True)
    found = select(rollups.c.span, rollups.c.hour, rollups.c.coin, *((-rollups.c[name]).label(name) for name in _SUMS))
    of_group = rollups.c.span.in_([span + kinds[0].apart for span in SPANS])
    selects: list[Select[*tuple[Any, ...]]] = [found.where(rollups.c.model_version == model_version, of_group)]
    for span in SPANS:
        into_span = (hours.c.hour % span + span) % span  # a remainder is negative before 1970
        keys_of = (hours.c.apart + span, hours.c.hour - into_span, hours.c.coin)
        selects.append(select(*keys_of, *(hours.c[name] for name in _SUMS)))
    pieces = union_all(*selects).subquery()
    keys = [pieces.c[name] for name in _KEYS[1:]]
    sums = [cast(func.sum(pieces.c[name]), BigInteger) for name in _SUMS]
    missing: Select[*tuple[Any, ...]] = select(literal(model_version), *keys, *sums)
    return missing.group_by(*keys).having(or_(*(total != 0 for total in sums)))


def _hours(model_version: str, dialect: Dialect, kinds: Sequence[Kind]) -> CompoundSelect[*tuple[Any, ...]]:
    """The sums of each hour of every part of these kinds, with what is added to the spans of its kind."""
    scores = model_predictions.c
    hour = hour_column(scores.pub_time, dialect)
    whole = _millionths(scores.value, dialect)
    sums = [total.label(name) for name, total in zip(_SUMS, (func.count(), *map(func.sum, whole)), strict=True)]
    of_version = and_(scores.model_version == model_version, scores.counted)

    def each(kind: Kind) -> Select[*tuple[Any, ...]]:
        apart = literal_column(str(kind.apart), Integer).label("apart")
        if kind is Kind.ALL:
            everything: Select[*tuple[Any, ...]] = select(
                apart, literal(ALL.key).label("coin"), hour.label("hour"), *sums
            )
            return everything.where(of_version).group_by(hour)
        name = all_names(kind)
        key = (literal(kind.mark) + name if kind.mark else name).label("coin")
        rows: Select[*tuple[Any, ...]] = select(apart, key, hour.label("hour"), *sums)
        return all_of_kind(rows, kind).where(of_version).group_by(name, hour)

    return union_all(*map(each, kinds))


def _millionths(value: ColumnElement[float], dialect: Dialect) -> list[ColumnElement[int]]:
    """`millionths`, in the dialect of a database."""
    return [_floor(nearest, dialect) for nearest in (value * MILLION + 0.5, value * value * MILLION + 0.5)]


def _floor(number: ColumnElement[float], dialect: Dialect) -> ColumnElement[int]:
    if dialect.name == "postgresql":  # where a cast rounds
        return cast(func.floor(number), BigInteger)
    whole = cast(number, BigInteger)  # SQLite may have no floor; its cast truncates towards 0
    return whole - case((number < whole, 1), else_=0)
