"""Time in the store: datetimes in UTC, hours counted from 1970, and windows split into whole spans and edges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Integer, cast, extract, func, type_coerce
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS_OF_DAY = 24
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """A datetime: `timestamptz` in PostgreSQL, microseconds since 1970 in SQLite, which has no type for time.

    Takes datetimes of any zone, returns them in UTC, and refuses those without a zone.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of a database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """The value for the database.

        Raises:
            ValueError: if the datetime has no zone.
        """
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"datetime {value.isoformat()} has no zone; expected one with a zone, such as UTC")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else (moment - EPOCH) // _MICROSECOND

    def process_result_value(self, value: datetime | int | None, dialect: Dialect) -> datetime | None:
        """The value from the database, in UTC."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + value * _MICROSECOND


def hour_of(moment: datetime) -> int:
    """The UTC hour that contains a moment, in hours since 1970-01-01T00:00Z; negative before."""
    return (moment - EPOCH) // HOUR


def hour_column(moment: ColumnElement[datetime], dialect: Dialect) -> ColumnElement[int]:
    """`hour_of` a column of `UtcTime`, in the dialect of a database."""
    if dialect.name == "postgresql":
        return cast(func.floor(extract("epoch", moment) / 3600), Integer)
    first = hour_of(datetime.min.replace(tzinfo=UTC))  # division truncates towards 0, so none may be negative
    hour = HOUR // _MICROSECOND
    return (type_coerce(moment, BigInteger) - first * hour) // hour + first


def hour_start(hour: int) -> datetime:
    """The start of an hour, in UTC."""
    return EPOCH + hour * HOUR


# Hours in an hour, a day and 30 days, each a multiple of the one before and all counted from 1970: a year of 60 coins
# then takes some 5,000 roll-ups instead of 22,000.
SPANS = (1, HOURS_OF_DAY, 30 * HOURS_OF_DAY)


@dataclass(frozen=True, slots=True)
class Edge:
    """A part [since, until) of one hour."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """Whole spans of `span` hours, one of `SPANS`, that begin in hours [first, last) since 1970."""

    span: int
    first: int
    last: int


def split_window(since: datetime, until: datetime, largest_span: int = SPANS[-1]) -> list[Edge | Run]:
    """Split [since, until) into at most two edges and few runs of spans up to `largest_span`, none overlapping.

    No edge crosses an hour, and no run crosses a boundary of a larger span in use.

    Raises:
        ValueError: if `until` is before `since`.
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
    if start > end:  # within one span
        return _runs(first, last, smaller)
    return [*_runs(first, start, smaller), *whole, *_runs(end, last, smaller)]
