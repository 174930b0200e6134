"""The data API: the barometer, its history, coins, and the headlines behind it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import anyio.to_thread
from fastapi import FastAPI, Query

from barometer.labels import label_from_name
from barometer.live.records import StoryFilter, TitleFilter
from serve.api import parameters as ask
from serve.api.alert_schemas import Alerts
from serve.api.data_schemas import Barometer, Coin, ListedNews, Reading
from serve.api.embeds import add_embed_routes, add_feed_routes
from serve.api.errors import NotReadyError
from serve.api.existing import add_existing_routes
from serve.api.fng import add_fng_routes
from serve.api.gauges import StoreGauges
from serve.api.history_files import add_history_file_routes
from serve.api.outlet_schemas import Outlet
from serve.api.parameters import last_hours, midnight
from serve.api.ports import DataStore, OpenStore, StoreUnavailableError
from serve.api.preview import add_preview_route
from serve.api.service import Health, create_service
from serve.api.settings import ApiSettings
from serve.api.story_schemas import Story

Clock = Callable[[], datetime]
Opened = Callable[[], DataStore]
DESCRIPTION = "The mood of crypto news: the estimated share of positive headlines, with their number and its interval."


def utc_now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


class _Opened:
    """The store while the service runs."""

    def __init__(self) -> None:
        self.store: DataStore | None = None

    def __call__(self) -> DataStore:
        if self.store is None:
            raise NotReadyError("the store is not open")
        return self.store

    def health(self) -> Health:
        try:
            self().check()
            return Health(ready=True, model_version=self().model_version())
        except (NotReadyError, StoreUnavailableError) as error:
            return Health(ready=False, reason=str(error))


def create_data_api(settings: ApiSettings, open_store: OpenStore, clock: Clock = utc_now) -> FastAPI:
    """Create the data API. It is alive at once, and ready while the store answers.

    Args:
        settings: limits and CORS.
        open_store: opens the store for as long as the service runs; called once, at startup.
        clock: the current time in UTC.
    """
    opened = _Opened()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        manager = open_store()
        opened.store = await anyio.to_thread.run_sync(manager.__enter__)
        try:
            yield
        finally:
            opened.store = None
            await anyio.to_thread.run_sync(manager.__exit__, None, None, None)

    app = create_service("data", DESCRIPTION, settings, lifespan, opened.health, [StoreGauges(opened, clock)])
    stale_after = timedelta(hours=settings.stale_hours)
    add_existing_routes(app, opened, clock)
    _add_barometer_routes(app, opened, clock, stale_after)
    _add_news_routes(app, opened)
    _add_story_routes(app, opened, clock)
    _add_alert_routes(app, opened)
    add_embed_routes(app, opened, clock, stale_after)
    add_preview_route(app, opened, clock, stale_after)
    add_feed_routes(app, opened, clock)
    add_fng_routes(app, opened, clock)
    add_history_file_routes(app, opened, clock)
    return app


def _add_barometer_routes(app: FastAPI, store: Opened, clock: Clock, stale_after: timedelta) -> None:
    @app.get("/v1/barometer", tags=["barometer"])
    def barometer(asked: Annotated[ask.BarometerQuery, Query()]) -> Barometer:
        """The barometer of the hours up to now or another moment, with interval, count, age, and what is usual."""
        now = clock()
        window = last_hours(asked.hours, asked.until or now)
        state = store().state(*window, asked.part, asked.weights)
        return Barometer.at(now, state, stale_after, store().usual_counts(*window, asked.part))

    @app.get("/v1/barometer/history", tags=["barometer"])
    def history(asked: Annotated[ask.HistoryQuery, Query()]) -> list[Reading]:
        """The barometer of each hour or day (UTC) that has headlines, newest first; `hours` truncates the oldest."""
        window = last_hours(asked.hours, clock())
        return [Reading.of(found) for found in store().history(*window, asked.bucket, asked.part, asked.weights)]

    @app.get("/v1/coins", tags=["barometer"])
    def coins(hours: ask.Hours = 24, sparkline_days: ask.SparklineDays = 30, alone: ask.Alone = None) -> list[Coin]:
        """The barometer of each coin mentioned in the last hours, most mentioned first."""
        since, now = last_hours(hours, clock())
        today = now.date()
        shown = [today - timedelta(days=ago) for ago in reversed(range(sparkline_days))]
        before = {found.coin: found.reading for found in store().coins(*last_hours(hours, since), alone=alone)}
        found_days = store().coin_days(midnight(shown[0]), now, alone=alone)
        days = {coin: dict(found) for coin, found in found_days.items()}
        return [
            Coin.compared(found, before.get(found.coin), [days.get(found.coin, {}).get(day) for day in shown])
            for found in store().coins(since, now, alone=alone)
        ]

    @app.get("/v1/outlets", tags=["barometer"])
    def outlets(hours: ask.Hours = 168, until: ask.Until = None, limit: ask.MostOutlets = 100) -> list[Outlet]:
        """The barometer of each outlet, its share of the headlines, and its lean; most headlines first."""
        return [Outlet.compared(found) for found in store().outlets(*last_hours(hours, until or clock()))[:limit]]


def _add_news_routes(app: FastAPI, store: Opened) -> None:
    @app.get("/v1/news", tags=["news"])
    def news(
        class_name: ask.ClassName = "",
        coin: ask.CoinTicker = "",
        q: ask.SearchText = "",
        limit: ask.Limit = 20,
        offset: ask.Offset = 0,
        include_not_news: ask.IncludeNotNews = False,
        outlet: ask.OutletName = "",
    ) -> list[ListedNews]:
        """The scored headlines that pass every filter, newest first; those that are not news only on request."""
        predicted = label_from_name(class_name) if class_name else None
        wanted = TitleFilter(predicted, coin or None, q, include_not_news=include_not_news, outlet=outlet or None)
        return [ListedNews.of(title) for title in store().search(wanted, limit=limit, offset=offset)]


def _add_story_routes(app: FastAPI, store: Opened, clock: Clock) -> None:
    @app.get("/v1/stories", tags=["news"])
    def stories(
        hours: ask.StoryHours = 24,
        until: ask.Until = None,
        coin: ask.CoinTicker = "",
        sort: ask.Sort = "outlets",
        min_outlets: ask.MinOutlets = 1,
        limit: ask.StoryLimit = 20,
        offset: ask.StoryOffset = 0,
    ) -> list[Story]:
        """The stories whose headline was published in the hours up to now or another moment, with who else told them.

        A story is a headline that counts, its near-duplicates, and its own title from other outlets; it counts once.
        """
        wanted = StoryFilter(*last_hours(hours, until or clock()), coin or None, min_outlets, sort)
        return [Story.told(found) for found in store().stories(wanted, limit=limit, offset=offset)]


def _add_alert_routes(app: FastAPI, store: Opened) -> None:
    @app.get("/v1/alerts", tags=["alerts"])
    def alerts(limit: ask.AlertLimit = 20) -> Alerts:
        """The alerts that are watched, by name, and the newest of those that were raised, newest first."""
        return Alerts.of(store().alerts(limit))
