"""Time in the store: UTC with zone on both sides, whatever the database keeps underneath; hours counted from 1970."""

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
    """A moment: `timestamptz` in PostgreSQL, microseconds since 1970 in SQLite, which has no type for time.

    Takes datetimes of any zone, gives them in UTC, and refuses those without a zone.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of a database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """What is sent to the database.

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
        """What comes back, in UTC."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + value * _MICROSECOND


def hour_of(moment: datetime) -> int:
    """The hours since 1970-01-01T00:00Z of the UTC hour in which a moment lies; negative before."""
    return (moment - EPOCH) // HOUR


def hour_column(moment: ColumnElement[datetime], dialect: Dialect) -> ColumnElement[int]:
    """`hour_of` a column of `UtcTime`, in the words of a database."""
    if dialect.name == "postgresql":
        return cast(func.floor(extract("epoch", moment) / 3600), Integer)
    first = hour_of(datetime.min.replace(tzinfo=UTC))  # division cuts off towards 0, so none may be negative
    hour = HOUR // _MICROSECOND
    return (type_coerce(moment, BigInteger) - first * hour) // hour + first


def hour_start(hour: int) -> datetime:
    """The moment at which an hour begins, in UTC."""
    return EPOCH + hour * HOUR
