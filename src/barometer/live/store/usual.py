"""How many headlines are usual at an hour of a weekday: counts of the same window in earlier weeks, from roll-ups."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from barometer.live.store.rollups import ALL_COINS
from barometer.live.store.schema import model_versions, rollups
from barometer.live.store.times import HOUR, HOURS_OF_DAY, hour_of, hour_start

WEEKS = 8
WEEK = timedelta(days=7)
_HOURS_OF_WEEK = WEEK // HOUR
_FINE = timedelta(hours=48)  # of longer windows days are read instead of hours
_Part = tuple[int, float]  # the first hour of a roll-up, and which share of it lies in the window


def usual_counts(
    connection: Connection,
    model_version: str,
    since: datetime,
    until: datetime,
    coin: str | None = None,
    weeks: int = WEEKS,
) -> list[int]:
    """The headlines that count in the window [since, until) moved back by 1, 2, ... `weeks` weeks, the nearest first.

    Roll-ups that lie partly in the window count by that part, so numbers may be off by a part of an hour's headlines,
    or a day's where the window is longer than 48 hours. A window longer than a week has no weekday: no numbers. Weeks
    that begin before the store first showed a barometer, or before its oldest headline, are left out, since the
    feeds of a new store still carry some older headlines, but not all. At most 49 roll-ups are read a week.

    Args:
        connection: of `engine.reading` or `engine.writing`.
        model_version: whose roll-ups.
        since, until: of the window, with zone.
        coin: a ticker in capitals; None for all headlines.
        weeks: how many at most.
    """
    if not since < until <= since + WEEK:
        return []
    begun = _begun(connection, model_version)
    if begun is None:
        return []
    known = [week for week in range(1, weeks + 1) if since - week * WEEK >= begun]
    span = 1 if until - since <= _FINE else HOURS_OF_DAY
    parts = _parts(since, until, span)
    found = _headlines(connection, model_version, span, coin, _moved(parts, known))
    return [round(sum(share * found.get(hour - week * _HOURS_OF_WEEK, 0) for hour, share in parts)) for week in known]


def _begun(connection: Connection, model_version: str) -> datetime | None:
    """Since when the store has had every headline; None if it has none."""
    first = connection.execute(select(func.min(model_versions.c.activated_at))).scalar_one()
    days = rollups.c
    of_days = (days.model_version == model_version, days.span == HOURS_OF_DAY, days.coin == ALL_COINS)
    oldest = connection.execute(select(func.min(days.hour)).where(*of_days)).scalar_one()
    return None if first is None or oldest is None else max(first, hour_start(oldest))


def _parts(since: datetime, until: datetime, span: int) -> list[_Part]:
    length = span * HOUR
    starts = range(hour_of(since) // span * span, hour_of(until) + 1, span)
    shares = [(hour, _overlap(hour_start(hour), length, since, until) / length) for hour in starts]
    return [(hour, share) for hour, share in shares if share > 0]


def _overlap(start: datetime, length: timedelta, since: datetime, until: datetime) -> timedelta:
    return min(start + length, until) - max(start, since)


def _moved(parts: Sequence[_Part], weeks: Sequence[int]) -> list[int]:
    return [hour - week * _HOURS_OF_WEEK for week in weeks for hour, _ in parts]


def _headlines(
    connection: Connection, model_version: str, span: int, coin: str | None, hours: Sequence[int]
) -> dict[int, int]:
    columns = rollups.c
    rows = select(columns.hour, columns.headlines).where(
        columns.model_version == model_version,
        columns.span == span,
        columns.coin == (coin or ALL_COINS),
        columns.hour.in_(hours),
    )
    return {row.hour: row.headlines for row in connection.execute(rows)} if hours else {}
