"""Scores by month of publication: PostgreSQL's partitions of `model_predictions`; SQLite has none, and nothing to do.

Months follow each other without a gap between two partitions for what lies before and after, so that every row has its
place whatever its date, and rows are in the order of their partitions. Whatever changes the partitions is one
transaction, which gives up after `LOCK_TIMEOUT_MS` instead of making others wait, and is tried again.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from barometer.live.store.dialects import lift_time_limit
from barometer.live.store.engine import reading, writing
from barometer.live.store.rollups import subtract_hours, sum_again
from barometer.live.store.times import hour_of

TABLE = "model_predictions"
BEFORE, AFTER = f"{TABLE}_before", f"{TABLE}_after"
AHEAD = timedelta(days=45)  # so far are months made before they begin
FIRST_MONTH = datetime(2009, 1, 1, tzinfo=UTC)  # of Bitcoin: what has an older date is in no month of its own
LOCK_TIMEOUT_MS = 200  # how long others may have to wait behind a change of the partitions
_TRIES = 20
_LOCK = 0x62_61_72_6F_70_61_72_74  # "baropart": a PostgreSQL advisory lock is a number
_TRANSIENT = frozenset({"55P03", "40P01"})  # a lock that was not free in time, a deadlock
_KEPT = (
    "EXISTS (SELECT 1 FROM labeled_news_titles l WHERE l.title_id = p.title_id) "
    "OR EXISTS (SELECT 1 FROM annotation_tasks t WHERE t.title_id = p.title_id)"
)


def month_start(moment: datetime) -> datetime:
    """The first moment of the month (UTC) of a moment."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The first moment of the month after that of `month`."""
    return month_start(month_start(month) + timedelta(days=32))


def months_between(first: datetime, end: datetime) -> list[datetime]:
    """The first moments of the months in [first, end), of which both begin a month."""
    months = []
    while first < end:
        months.append(first)
        first = next_month(first)
    return months


def partition_name(month: datetime) -> str:
    """The table of a month."""
    return f"{TABLE}_{month:%Y_%m}"


def bound(moment: datetime | None, otherwise: str) -> str:
    """The bound of a partition in SQL; `otherwise` if there is none."""
    return otherwise if moment is None else f"'{moment:%Y-%m-%d} 00:00:00+00'"


def create_partition(name: str, first: datetime | None, end: datetime | None) -> str:
    """The statement that makes the partition of [first, end); None stands for no bound."""
    limits = f"FROM ({bound(first, 'MINVALUE')}) TO ({bound(end, 'MAXVALUE')})"
    return f"CREATE TABLE {name} PARTITION OF {TABLE} FOR VALUES {limits}"


@dataclass(frozen=True, slots=True)
class Months:
    """The months that have a partition: all that begin in [first, end)."""

    first: datetime
    end: datetime


def read_months(connection: Connection) -> Months:
    """The months that have a partition, in PostgreSQL."""
    rows = text(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = CAST(:table AS regclass) AND child.relname NOT IN (:before, :after) ORDER BY 1"
    )
    names = connection.execute(rows, {"table": TABLE, "before": BEFORE, "after": AFTER}).scalars().all()
    starts = [datetime.strptime(name[len(TABLE) :], "_%Y_%m").replace(tzinfo=UTC) for name in (names[0], names[-1])]
    return Months(starts[0], next_month(starts[1]))


def make_months(engine: Engine, since: datetime, until: datetime) -> int:
    """Make partitions for the months from `since` to `until`, and those between them and the ones there are.

    Returns how many were made: 0 also if the tables were in use all the time, since then rows stay in the partitions
    before and after, and the next call moves them. Times have a zone; months before 2009 get no partition.
    """
    if engine.dialect.name != "postgresql":
        return 0
    with reading(engine) as connection:
        months = read_months(connection)
    wanted = month_start(max(since, FIRST_MONTH)), next_month(until)
    if months.first <= wanted[0] and wanted[1] <= months.end:
        return 0
    return _patiently(engine, lambda connection: _make_months(connection, *wanted)) or 0


def _make_months(connection: Connection, first: datetime, end: datetime) -> int:
    _lock(connection)
    months = read_months(connection)
    earlier, later = months_between(first, months.first), months_between(months.end, end)
    if earlier:
        made = [(partition_name(month), month, next_month(month)) for month in earlier]
        _replace(connection, {BEFORE: "TRUE"}, [(BEFORE, None, first), *made])
    if later:
        made = [(partition_name(month), month, next_month(month)) for month in later]
        _replace(connection, {AFTER: "TRUE"}, [*made, (AFTER, end, None)])
    return len(earlier) + len(later)


def expired_before(engine: Engine, moment: datetime) -> datetime:
    """Up to when headlines are deleted if they are kept since `moment`: PostgreSQL deletes whole months."""
    return month_start(moment) if engine.dialect.name == "postgresql" else moment


def drop_months(engine: Engine, moment: datetime) -> int | None:
    """Drop the scores of the months that end before `moment` or at it, and subtract them from the roll-ups.

    The scores of headlines that are labelled, or that annotators were asked about, stay, among those before the first
    month. The last month stays in any case.

    Returns:
        How many months were dropped; None if the tables were in use all the time, and nothing was done.
    """
    if engine.dialect.name != "postgresql":
        return 0
    with reading(engine) as connection:
        if not _expired(read_months(connection), moment):
            return 0
    return _patiently(engine, lambda connection: _drop_months(connection, moment))


def _expired(months: Months, moment: datetime) -> list[datetime]:
    end = min(month_start(moment), month_start(months.end - timedelta(days=1)))
    return months_between(months.first, end)


def _drop_months(connection: Connection, moment: datetime) -> int:
    _lock(connection)
    months = read_months(connection)
    expired = _expired(months, moment)
    if expired:
        end = next_month(expired[-1])
        subtract_hours(connection, hour_of(expired[0]), hour_of(end))
        gone = {BEFORE: "TRUE"} | {partition_name(month): _KEPT for month in expired}
        _replace(connection, gone, [(BEFORE, None, end)])
        sum_again(connection, expired[0], end)
    return len(expired)


def _lock(connection: Connection) -> None:
    """Keep others from the partitions, and from making a headline one that has to stay.

    Tables are locked in the order in which others use them: headlines before scores.
    """
    connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    connection.execute(text("LOCK TABLE labeled_news_titles, annotation_tasks IN SHARE MODE"))
    connection.execute(text("LOCK TABLE news_titles IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(text(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE"))
    lift_time_limit(connection)


def _replace(
    connection: Connection, gone: dict[str, str], made: Sequence[tuple[str, datetime | None, datetime | None]]
) -> None:
    """Put partitions in place of others, with those of their rows `p` that meet a condition."""
    rows = (f"SELECT * FROM {name} p WHERE {condition}" for name, condition in gone.items())  # noqa: S608 - constants
    connection.execute(text(f"CREATE TEMPORARY TABLE kept_predictions ON COMMIT DROP AS {' UNION ALL '.join(rows)}"))
    connection.execute(text(f"DROP TABLE {', '.join(gone)}"))
    for partition in made:
        connection.execute(text(create_partition(*partition)))
    connection.execute(text("INSERT INTO model_predictions SELECT * FROM kept_predictions"))
    connection.execute(text("DROP TABLE kept_predictions"))


def _patiently(engine: Engine, change: Callable[[Connection], int]) -> int | None:
    """What a change returns; None if it never got its locks. Between two tries, others get theirs."""
    for _ in range(_TRIES):
        try:
            with writing(engine) as connection:
                return change(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") not in _TRANSIENT:
                raise
        time.sleep(random.uniform(0.5, 2) * LOCK_TIMEOUT_MS / 1000)  # noqa: S311 - no secret
    return None
