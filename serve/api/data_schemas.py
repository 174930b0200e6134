"""Answers of the data API. Times are UTC; a number without headlines behind it is null, never 0."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from barometer.labels import CLASS_NAMES, FIELD_NAMES
from barometer.live.records import BarometerReading, CoinReading, ListedTitle
from barometer.live.volume import MIN_WEEKS, volume_of
from serve.api.words import Standing, standing_of, usual_of

Mean = Annotated[float | None, Field(json_schema_extra={"minimum": 0, "maximum": 1}, examples=[0.47])]
Score = Annotated[float | None, Field(json_schema_extra={"minimum": 0, "maximum": 100}, examples=[47.0])]
Probability = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1}, examples=[0.85])]
NewsProbability = Annotated[
    float | None,
    Field(
        json_schema_extra={"minimum": 0, "maximum": 1},
        examples=[0.97],
        description="Probability of being news at all; null if not computed, 1 from a model that does not predict it.",
    ),
]


@dataclass(frozen=True, slots=True)
class State:
    """The barometer of a window with its context, read in one transaction.

    Attributes:
        reading: of the window.
        usual: of the 30 days before it.
        newest_pub_time: publication time of the newest headline that counts, in UTC; None if there is none.
        model_version: the version that produced the scores; None before one is activated.
        refreshed_at: time of the last crawl or the last scoring, whichever is older; None if either never ran.
    """

    reading: BarometerReading
    usual: BarometerReading
    newest_pub_time: datetime | None
    model_version: str | None
    refreshed_at: datetime | None = None

    def is_stale(self, now: datetime, stale_after: timedelta) -> bool:
        """Whether the last refresh is longer ago than `stale_after`, or never happened."""
        return self.refreshed_at is None or now - self.refreshed_at > stale_after


class DayMean(BaseModel):
    """The barometer of a day that has headlines."""

    pub_date: date = Field(examples=["2024-05-17"])
    avg_positive: Probability


class ListedAnswer(BaseModel):
    """An answer about a stored title; its fields are those of `ListedTitle` with one probability a class."""

    @classmethod
    def of(cls, found: ListedTitle) -> Self:
        """The answer for a stored title: whatever fields of the record the answer declares."""
        probabilities = dict(zip(FIELD_NAMES, found.probabilities, strict=True))
        derived = {"predicted": found.predicted.title, "several_coins": len(found.coins) > 1}
        return cls.model_validate(asdict(found) | probabilities | derived)


class NewsItem(ListedAnswer):
    """A headline and its positive probability."""

    title: str = Field(examples=["Bitcoin rallies as regulators approve a spot fund"])
    source: str = Field(examples=["example.org"])
    pub_time: datetime = Field(examples=["2024-05-17T08:30:00Z"])
    positive: Probability


class ListedNews(ListedAnswer):
    """A headline with its source, the coins it mentions, and the model's prediction."""

    title: str = Field(examples=["Bitcoin rallies as regulators approve a spot fund"])
    source: str = Field(examples=["example.org"])
    url: str = Field(examples=["https://example.org/news/1"], description="The article; empty if there is no link.")
    pub_time: datetime = Field(examples=["2024-05-17T08:30:00Z"])
    coins: list[str] = Field(examples=[["BTC"]])
    several_coins: bool = Field(
        examples=[False],
        description="Whether it mentions several coins; the prediction is the headline's, not a coin's.",
    )
    negative: Probability
    neutral: Probability
    positive: Probability
    predicted: str = Field(examples=["Positive"], json_schema_extra={"enum": list(CLASS_NAMES)})
    news: NewsProbability
    counted: bool = Field(examples=[True], description="Whether it counts in the barometer as news.")
    outlets: int = Field(
        ge=1,
        examples=[7],
        description="How many outlets told its story: in nearly the same words, or the same; its own included.",
    )
    first_seen: datetime = Field(
        examples=["2024-05-17T08:12:00Z"], description="Earliest time of publication among them."
    )


class Interval(BaseModel):
    """95% interval of the share that readers would call positive; both ends are null if there are no headlines."""

    low: Mean
    high: Mean


class Reading(BaseModel):
    """The barometer of a window: share of positive headlines, the same as 0 to 100, interval, number of headlines."""

    value: Mean
    score: Score
    interval: Interval
    count: int = Field(ge=0, examples=[118])
    since: datetime = Field(examples=["2024-05-16T08:30:00Z"])
    until: datetime = Field(examples=["2024-05-17T08:30:00Z"])

    @classmethod
    def of(cls, found: BarometerReading, **more: Any) -> Self:  # noqa: ANN401 - pydantic checks them
        """The answer for a reading of the store; `more` are the fields that a subclass adds."""
        fields = {"score": score_of(found), "interval": {"low": found.low, "high": found.high}, **more}
        return cls.model_validate(found._asdict() | fields)

    @property
    def ends(self) -> tuple[int, int]:
        """The ends of the 95% interval as scores; 0 and 100 if there are no headlines."""
        low, high = self.interval.low, self.interval.high
        return round(100 * (0 if low is None else low)), round(100 * (1 if high is None else high))


class WindowVolume(BaseModel):
    """The headlines of a window, compared with those of the same hours and weekdays (UTC) of up to 8 weeks before."""

    count: int = Field(ge=0, examples=[342], description="Headlines of the window, as `count` of the barometer.")
    usual: float | None = Field(
        json_schema_extra={"minimum": 0},
        examples=[288.5],
        description=f"Mean of those weeks; null if fewer than {MIN_WEEKS} are known, or the window is longer than one.",
    )
    z: float | None = Field(
        examples=[2.9],
        description="Deviation from them in standard deviations; beyond 2 or -2 it is unusual. Null as `usual` is.",
    )

    @classmethod
    def compared(cls, count: int, usual: Sequence[int]) -> Self:
        """The answer for the headlines of a window and those of the same window in earlier weeks."""
        found = volume_of(count, usual)
        return cls(
            count=count,
            usual=None if found.usual is None else round(found.usual, 1),
            z=None if found.z is None else round(found.z, 2),
        )


class Barometer(Reading):
    """The barometer of a window, compared with what is usual, and its age."""

    usual: Score = Field(
        examples=[45.2], description="Score of the 30 days before; null if they have fewer than 30 headlines."
    )
    standing: Standing = Field(
        examples=["usual"],
        description="Higher or lower than usual only if the 95% interval excludes the usual score; unknown if that "
        "score is null or the window has no headlines.",
    )
    newest_pub_time: datetime | None = Field(examples=["2024-05-17T08:21:10Z"])
    age_seconds: float | None = Field(ge=0, examples=[530.0])
    model_version: str | None = Field(examples=["3f9a1c02d7be"])
    refreshed_at: datetime | None = Field(
        examples=["2024-05-17T06:00:20Z"], description="When news was last crawled and scored; null if never."
    )
    stale: bool = Field(description="Whether the last refresh is too long ago, or never happened.")
    volume: WindowVolume

    @classmethod
    def at(cls, now: datetime, state: State, stale_after: timedelta, usual_counts: Sequence[int] = ()) -> Self:
        """The answer at a moment for a state of the store; stale if its last refresh is older than `stale_after`.

        `usual_counts` are the headlines of the same window in earlier weeks.
        """
        newest = state.newest_pub_time
        return cls.of(
            state.reading,
            usual=score_of(usual_of(state.usual)),
            standing=standing_of(state.reading, state.usual),
            newest_pub_time=newest,
            age_seconds=None if newest is None else max(0.0, (now - newest).total_seconds()),
            model_version=state.model_version,
            refreshed_at=state.refreshed_at,
            stale=state.is_stale(now, stale_after),
            volume=WindowVolume.compared(state.reading.count, usual_counts),
        )


class Coin(Reading):
    """The barometer of the headlines that mention a coin, its change, and its last days."""

    coin: str = Field(examples=["BTC"])
    change: float | None = Field(
        examples=[-3.2], description="Change in score from the previous window of equal length; null without either."
    )
    days: list[Score] = Field(
        examples=[[44.1, None, 47.0]], description="Score of each of the last UTC days, oldest first, today last."
    )

    @classmethod
    def compared(
        cls, found: CoinReading, before: BarometerReading | None, days: Sequence[BarometerReading | None]
    ) -> Self:
        """The answer for a coin's reading, given that of the window before and those of its last days."""
        now, then = score_of(found.reading), score_of(before)
        change = None if now is None or then is None else round(now - then, 1)
        return cls.of(found.reading, coin=found.coin, change=change, days=[score_of(day) for day in days])


def score_of(found: BarometerReading | None) -> float | None:
    """A reading as shown: 0 to 100, one decimal; None if there are no headlines."""
    return None if found is None or found.value is None else round(100 * found.value, 1)
