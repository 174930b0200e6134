"""The data API: the barometer, its history, and the headlines behind it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import anyio.to_thread
from fastapi import FastAPI, Query

from barometer.labels import Label, label_from_name
from serve.api.data_schemas import (
    Barometer,
    Coin,
    DayMean,
    NewsItem,
    Reading,
    coin_of,
    reading_fields,
    reading_of,
)
from serve.api.errors import NotReadyError
from serve.api.parameters import Bucket, ClassName, Hours, Period, TopK
from serve.api.ports import DataStore, OpenStore, StoreUnavailableError
from serve.api.service import Health, create_service
from serve.api.settings import ApiSettings

DESCRIPTION = "The mood of crypto news: mean positive probability of headlines, with their number and interval."
Clock = Callable[[], datetime]


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
    _add_v1_routes(app, opened, clock)
    return app


def _window(clock: Clock, hours: int) -> tuple[datetime, datetime]:
    now = clock()
    return now - timedelta(hours=hours), now


def _add_existing_routes(app: FastAPI, store: Callable[[], DataStore], clock: Clock) -> None:
    """The four resources that existing front ends call: their paths, parameters and shapes stay."""

    @app.get("/positive_score/average_last_hours", tags=["positive score"])
    def average_last_hours(n: Hours = 24) -> float | None:
        """Mean positive probability of the last `n` hours; null where there is no headline."""
        return store().reading(*_window(clock, n)).value

    @app.get("/positive_score/average_for_period", tags=["positive score"])
    def average_for_period(period: Annotated[Period, Query()]) -> float | None:
        """Mean positive probability of the period, both days included; null where there is no headline."""
        return store().reading(period.since, period.until).value

    @app.get("/positive_score/average_per_days", tags=["positive score"])
    def average_per_days(period: Annotated[Period, Query()]) -> list[DayMean]:
        """Mean positive probability of each day, newest first, both days included; null on days without headlines."""
        found = {day: reading.value for day, reading in store().per_day(period.start_date, period.end_date)}
        return [DayMean(pub_date=day, avg_positive=found.get(day)) for day in period.days_backwards()]

    @app.get("/news/top_k_news_titles", tags=["news"])
    def top_k_news_titles(k: TopK = 10, class_name: ClassName = "") -> list[NewsItem]:
        """The `k` newest headlines, or the `k` newest that are predicted to be of a class; newest first."""
        predicted: Label | None = label_from_name(class_name) if class_name else None
        return [NewsItem.of(title) for title in store().newest_titles(k, predicted)]


def _add_v1_routes(app: FastAPI, store: Callable[[], DataStore], clock: Clock) -> None:
    @app.get("/v1/barometer", tags=["barometer"])
    def barometer(hours: Hours = 24) -> Barometer:
        """The barometer of the last hours, with its interval, the number of headlines, and the newest one's age."""
        since, now = _window(clock, hours)
        state = store().state(since, now)
        newest = state.newest_pub_time
        return Barometer(
            **reading_fields(state.reading),
            newest_pub_time=newest,
            age_seconds=None if newest is None else max(0.0, (now - newest).total_seconds()),
            model_version=state.model_version,
        )

    @app.get("/v1/barometer/history", tags=["barometer"])
    def history(hours: Hours = 168, bucket: Bucket = "hour") -> list[Reading]:
        """The barometer of each hour or day (UTC) that has headlines, newest first; `hours` cuts the oldest."""
        return [reading_of(found) for found in store().history(*_window(clock, hours), bucket)]

    @app.get("/v1/coins", tags=["barometer"])
    def coins(hours: Hours = 24) -> list[Coin]:
        """The barometer of each coin that headlines of the last hours mention, most mentioned first."""
        return [coin_of(found) for found in store().coins(*_window(clock, hours))]
