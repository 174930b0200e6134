"""How many headlines are usual at an hour of a weekday: counts of the same window in earlier weeks, from roll-ups."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from barometer.live.store.parts import Asked, Part, part_of
from barometer.live.store.rollups import ALL_COINS
from barometer.live.store.schema import model_versions, rollups
from barometer.live.store.times import HOUR, HOURS_OF_DAY, Edge, hour_of, hour_start, split_window

WEEKS = 8
WEEK = timedelta(days=7)
_HOURS_OF_WEEK = WEEK // HOUR
_Key = tuple[int, int]  # of a roll-up: its span and first hour


def usual_counts(
    connection: Connection,
    model_version: str,
    since: datetime,
    until: datetime,
    part: Asked = None,
    weeks: int = WEEKS,
) -> list[int]:
    """The headlines that count in the window [since, until) moved back by 1, 2, ... `weeks` weeks, the nearest first.

    Of an hour that lies partly in the window, that part of its headlines counts. A window longer than a week has no
    weekday: no numbers. Weeks that begin before the store first showed a barometer, or before its oldest headline, are
    left out, since the feeds of a new store still carry some older headlines, but not all. At most 54 roll-ups a week
    are read.

    Args:
        connection: of `engine.reading` or `engine.writing`.
        model_version: whose roll-ups.
        since, until: of the window, with zone.
        part: of the news; a ticker in capitals stands for the headlines that mention the coin, None for all.
        weeks: how many at most.
    """
    begun = _begun(connection, model_version) if since < until <= since + WEEK else None
    known = [week for week in range(1, weeks + 1) if begun is not None and since - week * WEEK >= begun]
    if not known:
        return []
    pieces = list(_pieces(since, until))
    moved = [[((span, hour - week * _HOURS_OF_WEEK), share) for (span, hour), share in pieces] for week in known]
    found = _headlines(connection, model_version, part_of(part), [key for week in moved for key, _ in week])
    return [round(sum(share * found.get(key, 0) for key, share in week)) for week in moved]


def _begun(connection: Connection, model_version: str) -> datetime | None:
    """Since when the store has had every headline; None if it has none."""
    first: datetime | None = connection.execute(select(func.min(model_versions.c.activated_at))).scalar_one()
    days = rollups.c
    of_days = (days.model_version == model_version, days.span == HOURS_OF_DAY, days.coin == ALL_COINS)
    oldest: int | None = connection.execute(select(func.min(days.hour)).where(*of_days)).scalar_one()
    return None if first is None or oldest is None else max(first, hour_start(oldest))


def _pieces(since: datetime, until: datetime) -> Iterator[tuple[_Key, float]]:
    """The hours and days of a window, and which share of each lies in it; the same in every week."""
    for piece in split_window(since, until, largest_span=HOURS_OF_DAY):
        if isinstance(piece, Edge):
            yield (1, hour_of(piece.since)), (piece.until - piece.since) / HOUR
        else:
            for hour in range(piece.first, piece.last, piece.span):
                yield (piece.span, hour), 1.0


def _headlines(connection: Connection, model_version: str, part: Part, keys: Sequence[_Key]) -> dict[_Key, int]:
    columns, found = rollups.c, dict[_Key, int]()
    for span in sorted({span for span, _ in keys}):
        rows = select(columns.hour, columns.headlines).where(
            columns.model_version == model_version,
            columns.span == span + part.kind.apart,
            columns.coin == part.key,
            columns.hour.in_([hour for of, hour in keys if of == span]),
        )
        found |= {(span, row.hour): row.headlines for row in connection.execute(rows)}
    return found
