"""Answers of the data API. Times are UTC; a number is null where no headline is behind it, never 0."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from barometer.labels import Label
from barometer.live.records import BarometerReading, CoinReading, ListedTitle

Mean = Annotated[float | None, Field(json_schema_extra={"minimum": 0, "maximum": 1}, examples=[0.47])]


class Answer(BaseModel):
    """What every answer shares."""

    model_config = ConfigDict(protected_namespaces=())


class DayMean(Answer):
    """Mean positive probability of a day."""

    pub_date: date = Field(examples=["2024-05-17"])
    avg_positive: Mean


class NewsItem(Answer):
    """A headline and its positive probability."""

    title: str = Field(examples=["Bitcoin rallies as regulators approve a spot fund"])
    source: str = Field(examples=["example.org"])
    pub_time: datetime = Field(examples=["2024-05-17T08:30:00Z"])
    positive: float = Field(examples=[0.85], json_schema_extra={"minimum": 0, "maximum": 1})

    @classmethod
    def of(cls, found: ListedTitle) -> Self:
        """The answer for a stored title."""
        return cls(
            title=found.title,
            source=found.source,
            pub_time=found.pub_time,
            positive=found.probabilities[Label.POSITIVE],
        )


class Interval(Answer):
    """95 % interval of a mean; both null where there is no headline."""

    low: Mean
    high: Mean


class Reading(Answer):
    """The barometer of a window: mean positive probability, the same as 0 to 100, interval and number of headlines."""

    value: Mean
    score: float | None = Field(examples=[47.0], json_schema_extra={"minimum": 0, "maximum": 100})
    interval: Interval
    count: int = Field(ge=0, examples=[118])
    since: datetime = Field(examples=["2024-05-16T08:30:00Z"])
    until: datetime = Field(examples=["2024-05-17T08:30:00Z"])


class Barometer(Reading):
    """The barometer now, and how old its newest headline is."""

    newest_pub_time: datetime | None = Field(examples=["2024-05-17T08:21:10Z"])
    age_seconds: float | None = Field(ge=0, examples=[530.0])
    model_version: str | None = Field(examples=["3f9a1c02d7be"])


class Coin(Reading):
    """The barometer of the headlines that mention a coin."""

    coin: str = Field(examples=["BTC"])


def reading_fields(found: BarometerReading) -> dict[str, Any]:
    """The fields of `Reading` for a reading of the store."""
    return {
        "value": found.value,
        "score": None if found.value is None else round(100 * found.value, 1),
        "interval": Interval(low=found.low, high=found.high),
        "count": found.count,
        "since": found.since,
        "until": found.until,
    }


def reading_of(found: BarometerReading) -> Reading:
    """A reading as answered."""
    return Reading(**reading_fields(found))


def coin_of(found: CoinReading) -> Coin:
    """A coin's reading as answered."""
    return Coin(**reading_fields(found.reading), coin=found.coin)
