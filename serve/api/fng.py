"""A drop-in for the widely used crypto Fear & Greed endpoint, so that its clients work by changing the host.

Shape, parameters and lengths of lines are those of alternative.me's `/fng/`; numbers, names of classes and their
meaning are the barometer's. Days are days in UTC.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Condition
from typing import Annotated, Any, Literal, TypeAlias

from cachetools import TTLCache
from cachetools import cached as remembered
from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from serve.api.caching import cached, start_of_step
from serve.api.daily import Classification, Day, days
from serve.api.parameters import CoinTicker, midnight
from serve.api.ports import DataStore

DateFormat = Literal["", "us", "cn", "kr", "world"]
_Answer: TypeAlias = Callable[[datetime, int, str, Literal["json", "csv"], DateFormat], str]
MAX_LIMIT = 1_000_000  # clients ask for 100,000 where they mean everything
NO_DATA = "no headlines yet"
# Scripts ask for the same few answers, each of them for all days; a client keeps what it got for far longer.
REMEMBERED_SECONDS = 10.0
REMEMBERED_TEXTS = 64
_DATES: dict[DateFormat, str] = {"us": "%m-%d-%Y", "cn": "%Y-%m-%d", "kr": "%Y-%m-%d", "world": "%d-%m-%Y"}
# Clients drop a fixed number of lines at both ends, and the header, whose columns the original names in a wrong order.
_CSV = (
    '{{\n\t"name": "{name}",\n\t"data": [\nfng_value,fng_classification,date\n{rows}\t],\n'
    '\t"metadata": {{\n\t\t"error": {error}\n\t}}\n}}'
)

DayLimit = Annotated[
    int, Query(ge=0, le=MAX_LIMIT, description="Maximum number of days, newest first; 0 for all.", examples=[30])
]
Format = Annotated[
    Literal["json", "csv"], Query(description="json, or rows of date, value and class within the same frame.")
]
Dates = Annotated[
    DateFormat,
    Query(
        description="Dates instead of Unix seconds: us MM-DD-YYYY, cn and kr YYYY-MM-DD, world DD-MM-YYYY. The default "
        "of csv is world."
    ),
]


class FngDay(BaseModel):
    """A day; every field is a text, as in the original."""

    value: str = Field(pattern="^[0-9]{1,3}$", examples=["47"], description="Share of positive headlines, 0 to 100.")
    value_classification: Classification = Field(
        examples=["Neutral"],
        description="Greed or Fear where the 95% interval leaves out the mean of the 30 days before, Extreme where one "
        "twice as wide does too, otherwise Neutral.",
    )
    timestamp: str = Field(examples=["1715904000"], description="Start of the day (UTC) in Unix seconds, or its date.")
    time_until_update: str = Field(
        default="", pattern="^[0-9]*$", examples=["41400"], description="Seconds to the next day; of the newest only."
    )


class FngMetadata(BaseModel):
    """What went wrong, if anything."""

    error: str | None = Field(examples=[None], description="Set if there is no day to show.")


class FngAnswer(BaseModel):
    """The answer of the original endpoint."""

    name: str = Field(examples=["Crypto news barometer"])
    data: list[FngDay]
    metadata: FngMetadata


def add_fng_routes(app: FastAPI, store: Callable[[], DataStore], clock: Callable[[], datetime]) -> None:
    """Add `/fng/`, and `/fng` for those who leave the slash out, to the data API.

    Args:
        app: the data API.
        store: returns the open store.
        clock: the current time in UTC.
    """

    answer = _remembered(store)

    @app.get("/fng", include_in_schema=False)
    @app.get("/fng/", response_class=Response, responses=_documented(), tags=["fear and greed"])
    def fear_and_greed(
        request: Request,
        limit: DayLimit = 1,
        format: Format = "json",
        date_format: Dates = "",
        coin: CoinTicker = "",
    ) -> Response:
        """The barometer in the shape of the crypto Fear & Greed endpoint: a value a day (UTC), newest first.

        The newest is the reading of the last 24 hours, an older one that of its day; days without headlines are left
        out. The class compares each with the 30 days before it.
        """
        text = answer(start_of_step(clock()), limit, coin, format, date_format)
        return cached(request, text, "text/plain" if format == "csv" else "application/json")


def _remembered(store: Callable[[], DataStore]) -> _Answer:
    """What returns the text of an answer; one that is asked for again within seconds, or meanwhile, is made once."""

    @remembered(TTLCache(REMEMBERED_TEXTS, REMEMBERED_SECONDS), condition=Condition())
    def answer(now: datetime, limit: int, coin: str, format: Literal["json", "csv"], date_format: DateFormat) -> str:
        found = days(store(), now, limit, coin or None)
        name = f"Crypto news barometer{f': {coin}' if coin else ''}"
        if format == "csv":
            return as_csv(name, found, date_format or "world")
        return as_json(name, found, date_format, now)

    return answer


def _documented() -> dict[int | str, dict[str, Any]]:
    return {
        200: {"model": FngAnswer, "content": {"text/plain": {}}, "description": "With an ETag; csv as text/plain"},
        304: {"description": "Unchanged since the ETag in If-None-Match"},
    }


def as_json(name: str, found: Sequence[Day], date_format: DateFormat, now: datetime) -> str:
    """The original's JSON. The newest day says how long it lasts, also with dates: clients drop that column by name."""
    shown = [_entry(day, date_format) for day in found]
    if shown:
        shown[0].time_until_update = str(int((midnight(now.date()) + timedelta(days=1) - now).total_seconds()))
    metadata = FngMetadata(error=None if found else NO_DATA)
    return FngAnswer(name=name, data=shown, metadata=metadata).model_dump_json(exclude_unset=True)


def _entry(day: Day, date_format: DateFormat) -> FngDay:
    value = str(round(100 * day.value))
    return FngDay(value=value, value_classification=day.classification, timestamp=_stamp(day.start, date_format))


def _stamp(start: datetime, date_format: DateFormat) -> str:
    return start.strftime(_DATES[date_format]) if date_format else str(int(start.timestamp()))


def as_csv(name: str, found: Sequence[Day], date_format: DateFormat) -> str:
    """The original's CSV: rows of date, value and class in a frame of JSON, four lines before and five after them."""
    rows = (f"{_stamp(day.start, date_format)},{round(100 * day.value)},{day.classification}\n" for day in found)
    return _CSV.format(name=name, rows="".join(rows), error="null" if found else f'"{NO_DATA}"')
