"""The richer resources of the data API, below /v1: the barometer with what it rests on, coins, and the news behind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import FastAPI, Query

from barometer.labels import label_from_name
from barometer.live.records import TitleFilter
from serve.api.data_schemas import Barometer, Coin, ListedNews, Reading, barometer_of, coin_of, reading_of
from serve.api.parameters import (
    ClassName,
    CoinTicker,
    HistoryQuery,
    Hours,
    IncludeNotNews,
    Limit,
    Offset,
    SearchText,
    SparklineDays,
    Until,
    midnight,
)
from serve.api.ports import DataStore


def last_hours(hours: int, until: datetime) -> tuple[datetime, datetime]:
    """The window of so many hours up to a moment."""
    return until - timedelta(hours=hours), until


def add_v1_routes(
    app: FastAPI, store: Callable[[], DataStore], clock: Callable[[], datetime], stale_after: timedelta
) -> None:
    """Add the resources to the data API.

    Args:
        app: the data API.
        store: the open store.
        clock: the time now, in UTC.
        stale_after: the age of the last refresh from which the barometer is stale.
    """

    @app.get("/v1/barometer", tags=["barometer"])
    def barometer(hours: Hours = 24, coin: CoinTicker = "", until: Until = None) -> Barometer:
        """The barometer of the hours up to now, or another moment; with interval, count, age, and what is usual."""
        now = clock()
        return barometer_of(store().state(*last_hours(hours, until or now), coin or None), now, stale_after)

    @app.get("/v1/barometer/history", tags=["barometer"])
    def history(asked: Annotated[HistoryQuery, Query()]) -> list[Reading]:
        """The barometer of each hour or day (UTC) that has headlines, newest first; `hours` cuts the oldest."""
        window = last_hours(asked.hours, clock())
        return [reading_of(found) for found in store().history(*window, asked.bucket, asked.coin or None)]

    @app.get("/v1/coins", tags=["barometer"])
    def coins(hours: Hours = 24, sparkline_days: SparklineDays = 30) -> list[Coin]:
        """The barometer of each coin that headlines of the last hours mention, most mentioned first."""
        since, now = last_hours(hours, clock())
        today = now.date()
        shown = [today - timedelta(days=ago) for ago in reversed(range(sparkline_days))]
        before = {found.coin: found.reading for found in store().coins(*last_hours(hours, since))}
        days = {coin: dict(found) for coin, found in store().coin_days(midnight(shown[0]), now).items()}
        return [
            coin_of(found, before.get(found.coin), [days.get(found.coin, {}).get(day) for day in shown])
            for found in store().coins(since, now)
        ]

    @app.get("/v1/news", tags=["news"])
    def news(
        class_name: ClassName = "",
        coin: CoinTicker = "",
        q: SearchText = "",
        limit: Limit = 20,
        offset: Offset = 0,
        include_not_news: IncludeNotNews = False,
    ) -> list[ListedNews]:
        """The scored headlines that pass every filter, newest first; those that are no news only if asked for."""
        predicted = label_from_name(class_name) if class_name else None
        wanted = TitleFilter(predicted, coin or None, q, include_not_news=include_not_news)
        return [ListedNews.of(title) for title in store().search(wanted, limit=limit, offset=offset)]
