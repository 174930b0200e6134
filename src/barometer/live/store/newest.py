"""Since when the newest headlines were published, from the roll-ups: PostgreSQL then plans for few partitions.

Planning for all of them takes 4 ms for 75 months, reading the newest 100 scores a tenth of that. SQLite has no
partitions and starts at the newest row anyway.
"""

from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Select, select

from barometer.live.store.rollups import ALL_COINS
from barometer.live.store.schema import model_predictions, rollups
from barometer.live.store.times import HOURS_OF_DAY, hour_start

_DAYS = 60  # read at most; before that, all partitions are planned for
# Headlines of a class are first looked for among so many times as many: a class of 5% is found there.
CLASSES = 20


def newest_since(connection: Connection, model_version: str, needed: int) -> datetime | None:
    """A moment since when at least `needed` headlines that count were published; None if there is no need to know."""
    if connection.dialect.name != "postgresql":
        return None
    days = rollups.c
    rows = select(days.hour, days.headlines).where(
        days.model_version == model_version, days.span == HOURS_OF_DAY, days.coin == ALL_COINS, days.headlines > 0
    )
    found = connection.execute(rows.order_by(days.hour.desc()).limit(_DAYS)).all()
    for row, count in zip(found, accumulate(row.headlines for row in found), strict=True):
        if count >= needed:
            return hour_start(row.hour)
    return None


def since(rows: Select[Any], moment: datetime | None) -> Select[Any]:
    """Only scores of headlines published since a moment, or all."""
    return rows if moment is None else rows.where(model_predictions.c.pub_time >= moment)
