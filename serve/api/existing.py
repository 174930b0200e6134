"""The four resources of the data API that existing front ends call: path, parameters, shape and leniency stay."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import FastAPI, Query, Response

from barometer.labels import CLASS_NAMES, label_from_name
from serve.api import parameters as ask
from serve.api.data_schemas import DayMean, NewsItem
from serve.api.parameters import last_hours
from serve.api.ports import DataStore
from serve.api.remarks import documented_warning, warn


def add_existing_routes(app: FastAPI, store: Callable[[], DataStore], clock: Callable[[], datetime]) -> None:
    """Add them to the data API.

    Args:
        app: the data API.
        store: returns the open store.
        clock: the current time in UTC.
    """

    @app.get("/positive_score/average_last_hours", tags=["positive score"])
    def average_last_hours(n: ask.Hours = 24) -> float | None:
        """The barometer of the last `n` hours; null if there are no headlines."""
        return store().reading(*last_hours(n, clock())).value

    @app.get("/positive_score/average_for_period", tags=["positive score"])
    def average_for_period(period: Annotated[ask.Period, Query()]) -> float | None:
        """The barometer of the period, both days included; null if there are no headlines."""
        return store().reading(period.since, period.until).value

    @app.get("/positive_score/average_per_days", tags=["positive score"])
    def average_per_days(period: Annotated[ask.Period, Query()]) -> list[DayMean]:
        """The barometer of each day that has headlines, newest first, both days included."""
        # Front ends draw a null as 0, the most negative value, so days without a number are left out.
        found = store().per_day(period.start_date, period.end_date)
        return [
            DayMean(pub_date=day, avg_positive=mean) for day, reading in found if (mean := reading.value) is not None
        ]

    @app.get("/news/top_k_news_titles", responses=documented_warning(), tags=["news"])
    def top_k_news_titles(response: Response, k: ask.TopK = 10, class_name: ask.AnyClassName = "") -> list[NewsItem]:
        """The `k` newest headlines that count, or the `k` newest of one predicted class; newest first."""
        try:
            predicted = label_from_name(class_name) if class_name else None
        except ValueError:
            predicted = None
            warn(response, [f"class_name was ignored: expected one of {', '.join(CLASS_NAMES)}"])
        return [NewsItem.of(title) for title in store().newest_titles(k, predicted)]
