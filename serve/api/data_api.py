"""The data API: the barometer, its history, and the headlines behind it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import anyio.to_thread
from fastapi import FastAPI, Query

from barometer.labels import Label, label_from_name
from serve.api.data_schemas import DayMean, NewsItem
from serve.api.embeds import add_embed_routes
from serve.api.errors import NotReadyError
from serve.api.parameters import ClassName, Hours, Period, TopK
from serve.api.ports import DataStore, OpenStore, StoreUnavailableError
from serve.api.service import Health, create_service
from serve.api.settings import ApiSettings
from serve.api.v1 import add_v1_routes, last_hours

Clock = Callable[[], datetime]
DESCRIPTION = "The mood of crypto news: the share of positive headlines, estimated, with their number and its interval."


def utc_now() -> datetime:
    """The time now, in UTC."""
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
    """Make the data API. It is alive at once, and ready while the store answers.

    Args:
        settings: limits and CORS.
        open_store: opens the store for as long as the service runs; called once, when it starts.
        clock: the time now, in UTC.
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

    app, _ = create_service("data", DESCRIPTION, settings, lifespan, opened.health)
    _add_existing_routes(app, opened, clock)
    stale_after = timedelta(hours=settings.stale_hours)
    add_v1_routes(app, opened, clock, stale_after)
    add_embed_routes(app, opened, clock, stale_after)
    return app


def _add_existing_routes(app: FastAPI, store: Callable[[], DataStore], clock: Clock) -> None:
    """The four resources that existing front ends call: their paths, parameters and shapes stay."""

    @app.get("/positive_score/average_last_hours", tags=["positive score"])
    def average_last_hours(n: Hours = 24) -> float | None:
        """The barometer of the last `n` hours; null where there is no headline."""
        return store().reading(*last_hours(n, clock())).value

    @app.get("/positive_score/average_for_period", tags=["positive score"])
    def average_for_period(period: Annotated[Period, Query()]) -> float | None:
        """The barometer of the period, both days included; null where there is no headline."""
        return store().reading(period.since, period.until).value

    @app.get("/positive_score/average_per_days", tags=["positive score"])
    def average_per_days(period: Annotated[Period, Query()]) -> list[DayMean]:
        """The barometer of each day, newest first, both days included; null on days without headlines."""
        found = {day: reading.value for day, reading in store().per_day(period.start_date, period.end_date)}
        return [DayMean(pub_date=day, avg_positive=found.get(day)) for day in period.days_backwards()]

    @app.get("/news/top_k_news_titles", tags=["news"])
    def top_k_news_titles(k: TopK = 10, class_name: ClassName = "") -> list[NewsItem]:
        """The `k` newest headlines that count, or the `k` newest predicted to be of a class; newest first."""
        predicted: Label | None = label_from_name(class_name) if class_name else None
        return [NewsItem.of(title) for title in store().newest_titles(k, predicted)]
