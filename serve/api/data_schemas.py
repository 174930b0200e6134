"""Answers of the data API. Times are UTC; a number is null where no headline is behind it, never 0."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from barometer.labels import CLASS_NAMES, FIELD_NAMES, Label
from barometer.live.records import BarometerReading, CoinReading, ListedTitle
from serve.api.ports import State
from serve.api.standing import Standing, standing_of, usual_of

Mean = Annotated[float | None, Field(json_schema_extra={"minimum": 0, "maximum": 1}, examples=[0.47])]

Score = Annotated[float | None, Field(json_schema_extra={"minimum": 0, "maximum": 100}, examples=[47.0])]
Probability = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1}, examples=[0.85])]
NewsProbability = Annotated[
    float | None,
    Field(
        json_schema_extra={"minimum": 0, "maximum": 1},
        examples=[0.97],
        description="That it is news at all; null where it was not asked, 1 of a model that cannot tell.",
    ),
]


class Answer(BaseModel):
    """What every answer shares."""

    model_config = ConfigDict(protected_namespaces=())


class DayMean(Answer):
    """The barometer of a day."""

    pub_date: date = Field(examples=["2024-05-17"])
    avg_positive: Mean


class NewsItem(Answer):
    """A headline and its positive probability."""

    title: str = Field(examples=["Bitcoin rallies as regulators approve a spot fund"])
    source: str = Field(examples=["example.org"])
    pub_time: datetime = Field(examples=["2024-05-17T08:30:00Z"])
    positive: Probability

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
    """95 % interval of the share that readers would call positive; both null where there is no headline."""

    low: Mean
    high: Mean


class Reading(Answer):
    """The barometer of a window: share of positive headlines, the same as 0 to 100, interval, number of headlines."""

    value: Mean
    score: Score
    interval: Interval
    count: int = Field(ge=0, examples=[118])
    since: datetime = Field(examples=["2024-05-16T08:30:00Z"])
    until: datetime = Field(examples=["2024-05-17T08:30:00Z"])


class Barometer(Reading):
    """The barometer of a window, how it stands to what is usual, and how old its newest headline is."""

    usual: Score = Field(
        examples=[45.2], description="Score of the 30 days before; null where they have fewer than 30 headlines."
    )
    standing: Standing = Field(
        examples=["usual"],
        description="Higher or lower than usual only where the 95 % interval leaves out the score that is usual; "
        "unknown where that is null, or there is no headline.",
    )
    newest_pub_time: datetime | None = Field(examples=["2024-05-17T08:21:10Z"])
    age_seconds: float | None = Field(ge=0, examples=[530.0])
    model_version: str | None = Field(examples=["3f9a1c02d7be"])
    refreshed_at: datetime | None = Field(
        examples=["2024-05-17T06:00:20Z"], description="When news was last crawled and scored; null where it never was."
    )
    stale: bool = Field(description="Whether the last refresh is too long ago, or never was.")


class Coin(Reading):
    """The barometer of the headlines that mention a coin, how it changed, and its last days."""

    coin: str = Field(examples=["BTC"])
    change: float | None = Field(
        examples=[-3.2], description="Points of score since the window of the same length before; null without either."
    )
    days: list[Score] = Field(
        examples=[[44.1, None, 47.0]], description="Score of each of the last UTC days, oldest first, today last."
    )


class ListedNews(Answer):
    """A headline, where it is from, the coins it mentions, and what the model says of it."""

    title: str = Field(examples=["Bitcoin rallies as regulators approve a spot fund"])
    source: str = Field(examples=["example.org"])
    url: str = Field(examples=["https://example.org/news/1"], description="The article; empty where there is no link.")
    pub_time: datetime = Field(examples=["2024-05-17T08:30:00Z"])
    coins: list[str] = Field(examples=[["BTC"]])
    negative: Probability
    neutral: Probability
    positive: Probability
    predicted: str = Field(examples=["Positive"], json_schema_extra={"enum": list(CLASS_NAMES)})
    news: NewsProbability
    counted: bool = Field(examples=[True], description="Whether it is news enough to count in the barometer.")

    @classmethod
    def of(cls, found: ListedTitle) -> Self:
        """The answer for a stored title."""
        return cls(
            title=found.title,
            source=found.source,
            url=found.url,
            pub_time=found.pub_time,
            coins=list(found.coins),
            **dict(zip(FIELD_NAMES, found.probabilities, strict=True)),
            predicted=found.predicted.title,
            news=found.news,
            counted=found.counted,
        )


def score_of(found: BarometerReading | None) -> float | None:
    """A reading as shown: 0 to 100, one decimal; None where there is no headline."""
    return None if found is None or found.value is None else round(100 * found.value, 1)


def reading_fields(found: BarometerReading) -> dict[str, Any]:
    """The fields of `Reading` for a reading of the store."""
    return {
        "value": found.value,
        "score": score_of(found),
        "interval": Interval(low=found.low, high=found.high),
        "count": found.count,
        "since": found.since,
        "until": found.until,
    }


def reading_of(found: BarometerReading) -> Reading:
    """A reading as answered."""
    return Reading(**reading_fields(found))


def barometer_of(state: State, now: datetime, stale_after: timedelta) -> Barometer:
    """The state of the barometer as answered at a moment; it is stale `stale_after` its last refresh."""
    newest = state.newest_pub_time
    return Barometer(
        **reading_fields(state.reading),
        usual=score_of(usual_of(state.usual)),
        standing=standing_of(state.reading, state.usual),
        newest_pub_time=newest,
        age_seconds=None if newest is None else max(0.0, (now - newest).total_seconds()),
        model_version=state.model_version,
        refreshed_at=state.refreshed_at,
        stale=is_stale(state.refreshed_at, now, stale_after),
    )


def is_stale(refreshed_at: datetime | None, now: datetime, stale_after: timedelta) -> bool:
    """Whether the last refresh is too long ago, or never was."""
    return refreshed_at is None or now - refreshed_at > stale_after


def coin_of(found: CoinReading, before: BarometerReading | None, days: Sequence[BarometerReading | None]) -> Coin:
    """A coin's reading as answered, with that of the window before and those of its last days."""
    now, then = score_of(found.reading), score_of(before)
    return Coin(
        **reading_fields(found.reading),
        coin=found.coin,
        change=None if now is None or then is None else round(now - then, 1),
        days=[score_of(day) for day in days],
    )
