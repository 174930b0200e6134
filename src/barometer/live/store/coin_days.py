"""The days of every coin at once: what a table of sparklines is drawn from."""

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import Connection, select

from barometer.live.store.rollups import ALL_COINS, MILLION
from barometer.live.store.schema import rollups
from barometer.live.store.sums import Sums
from barometer.live.store.times import HOURS_OF_DAY, hour_of, hour_start


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
