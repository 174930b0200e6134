"""Query parameters of the data API: their types, bounds and examples. Days are days in UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from fastapi import Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.config import JsonDict

from barometer.labels import label_from_name
from barometer.live.records import StoryOrder
from barometer.live.store.parts import MAX_OUTLET, Asked, Weights, about, from_outlet
from serve.api.ports import Bucket

MAX_TOP_K = 100
MAX_HOURS = 366 * 24
MAX_HISTORY_HOURS = 5 * MAX_HOURS
MAX_STORY_HOURS = 31 * 24
MAX_DAYS = 3_660
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
# Front ends that work with timestamps send midnight; any other time of day is refused, not dropped silently.
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+ ]00:?00)?)?", re.ASCII)

# An unescaped plus sign arrives as a space.
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?:(Z)|([+ -])(\d{2}:\d{2}))", re.ASCII)


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not (found := _DAY.fullmatch(value)):
        raise ValueError("expected a day such as 2024-05-17")
    return date.fromisoformat(found[1])


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not (found := _MOMENT.fullmatch(value)):
        raise ValueError("expected a timestamp with its zone such as 2024-05-17T08:30:00Z")
    clock, utc, sign, zone = found.groups()
    return clock + (utc or f"{sign.replace(' ', '+')}{zone}")


def _within_calendar(value: datetime) -> datetime:
    if not FIRST_DAY <= value.date() <= LAST_DAY:
        raise ValueError(f"expected a timestamp from {FIRST_DAY} to {LAST_DAY}")
    return value.astimezone(UTC)


def _class_name(value: object) -> object:
    return label_from_name(str(value)).title if value else ""


def last_hours(hours: int, until: datetime) -> tuple[datetime, datetime]:
    """The window of `hours` hours up to a moment."""
    return until - timedelta(hours=hours), until


def midnight(day: date) -> datetime:
    """The start of a day in UTC."""
    return datetime.combine(day, time(), UTC)


Hours = Annotated[int, Query(ge=1, le=MAX_HOURS, description="Hours back from now.", examples=[24])]
TopK = Annotated[int, Query(ge=1, le=MAX_TOP_K, description="Maximum number of titles.", examples=[10])]
ClassName = Annotated[
    Literal["Negative", "Neutral", "Positive", ""],
    BeforeValidator(_class_name),
    Query(description="Only titles predicted to be of this class; all classes if empty.", examples=["Positive"]),
]
AnyClassName = Annotated[
    str,
    Query(description="Only titles predicted to be Negative, Neutral or Positive, in any case; all classes if empty "
          "or unknown, the latter with a `Warning`.", examples=["positive"]),
]  # fmt: skip
Until = Annotated[
    AwareDatetime | None,
    BeforeValidator(_moment),
    AfterValidator(lambda value: value and _within_calendar(value)),
    Query(
        description=f"End of the window, with its zone, from {FIRST_DAY} to {LAST_DAY}; now by default.",
        examples=["2024-05-17T08:30:00Z"],
    ),
]
CoinTicker = Annotated[
    str,
    # A pattern in the query's own description would be enforced, but not stated.
    StringConstraints(max_length=12, pattern="^[A-Za-z0-9]*$"),
    AfterValidator(str.upper),
    Query(description="Only headlines that mention this coin; all if empty.", examples=["BTC"]),
]
OutletName = Annotated[
    str,
    Query(max_length=MAX_OUTLET, pattern=r"^[^\x00]*$",
          description="Only headlines of this outlet, as `source` of /v1/news and `outlet` of /v1/outlets name it; all "
          "if empty.",
          examples=["CoinDesk"]),
]  # fmt: skip
Alone = Annotated[
    bool | None,
    Query(description="Whether to leave out headlines that mention several coins; by default as the service is set "
          "up (BAROMETER_COINS_ALONE).", examples=[True]),
]  # fmt: skip
WeightsOf = Annotated[
    Weights | None,
    Query(description="What has the same weight in the mean: each headline, or each outlet whatever its number of "
          "headlines; by default as the service is set up (BAROMETER_WEIGHTS).", examples=["equal_headlines"]),
]  # fmt: skip
SparklineDays = Annotated[int, Query(ge=1, le=90, description="Days in the sparkline, including today.")]
SearchText = Annotated[
    str,
    Query(max_length=200, pattern=r"^[^\x00]*$",
          description="Words that the title must contain, whole or in part. Words of one or two characters alone are "
          "searched in the newest 50,000 headlines.",
          examples=["bitcoin etf"]),
]  # fmt: skip
# Characters that XML cannot hold are refused.
BadgeLabel = Annotated[
    str,
    Query(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f-\x9f\ufffe\uffff]*$",
          description="Text of the left half of the badge.", examples=["crypto news"]),
]  # fmt: skip
Theme = Annotated[Literal["auto", "light", "dark"], Query(description="Colours; auto follows the reader's system.")]
FeedDays = Annotated[int, Query(ge=1, le=366, description="Number of days back, excluding today.", examples=[30])]
FileBucket = Annotated[Bucket, Query(description="Length of a row: a day or an hour, in UTC.")]
IncludeNotNews = Annotated[bool, Query(description="Whether to include headlines that are not news and do not count.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Maximum number of titles.", examples=[20])]
MostOutlets = Annotated[int, Query(ge=1, le=500, description="Maximum number of outlets.", examples=[100])]
AlertLimit = Annotated[int, Query(ge=1, le=100, description="Maximum number of raised alerts.", examples=[20])]
Offset = Annotated[int, Query(ge=0, le=10_000, description="Number of the newest titles to skip.", examples=[0])]
StoryHours = Annotated[int, Query(ge=1, le=MAX_STORY_HOURS, description="Hours back from `until`.", examples=[24])]
Sort = Annotated[StoryOrder, Query(description="Stories of the most outlets first, or with the newest headline first.")]
MinOutlets = Annotated[
    int, Query(ge=1, le=1000, description="Only stories that at least so many outlets told.", examples=[2])
]
StoryLimit = Annotated[int, Query(ge=1, le=100, description="Maximum number of stories.", examples=[20])]
StoryOffset = Annotated[int, Query(ge=0, le=10_000, description="Number of the first stories to skip.", examples=[0])]
_DAYS: JsonDict = {"formatMinimum": str(FIRST_DAY), "formatMaximum": str(LAST_DAY)}  # JSON Schema has none for dates
Day = Annotated[date, BeforeValidator(_day)]


class PartQuery(BaseModel):
    """Which part of the news is asked for, and how its mean is weighted."""

    model_config = ConfigDict(frozen=True)

    coin: CoinTicker = ""
    outlet: OutletName = ""
    alone: Alone = None
    weights: WeightsOf = None

    @model_validator(mode="after")
    def _is_one_part(self) -> Self:
        if self.coin and self.outlet:
            raise ValueError("coin and outlet cannot be combined; leave one of them out")
        if self.alone and not self.coin:
            raise ValueError("alone=true is about a coin; name one by coin, such as coin=BTC")
        if self.weights == "equal_outlets" and (self.coin or self.outlet):
            raise ValueError("weights=equal_outlets is about all headlines; leave coin and outlet out")
        return self

    @property
    def part(self) -> Asked:
        """The part of the news, as the store is asked for it."""
        if self.outlet:
            return from_outlet(self.outlet)
        if self.alone is None or not self.coin:
            return self.coin or None
        return about(self.coin, alone=self.alone)


class BarometerQuery(PartQuery):
    """A window, and which part of the news is asked for."""

    hours: Hours = 24
    until: Until = None


class HistoryQuery(PartQuery):
    """The length of a history and of its parts."""

    hours: int = Field(168, ge=1, le=MAX_HISTORY_HOURS, description="Hours back from now.", examples=[168])
    bucket: Bucket = Field("hour", description=f"Length of a part; `hour` for at most {MAX_HOURS} hours.")

    @model_validator(mode="after")
    def _is_not_too_fine(self) -> Self:
        if self.bucket == "hour" and self.hours > MAX_HOURS:
            raise ValueError(f"an hourly history covers at most {MAX_HOURS} hours; use bucket=day")
        return self


class Period(BaseModel):
    """Whole days in UTC, both included."""

    model_config = ConfigDict(frozen=True)

    start_date: Day = Field(
        ge=FIRST_DAY,
        le=LAST_DAY,
        description=f"First day, in UTC, from {FIRST_DAY} on.",
        examples=["2024-05-01"],
        json_schema_extra=_DAYS,
    )
    end_date: Day = Field(
        ge=FIRST_DAY,
        le=LAST_DAY,
        description=f"Last day, inclusive, up to {LAST_DAY}; a period has at most {MAX_DAYS} days.",
        examples=["2024-05-31"],
        json_schema_extra={**_DAYS, "x-max-days": MAX_DAYS},
    )

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if self.end_date < self.start_date:
            raise ValueError(f"end_date {self.end_date} is before start_date {self.start_date}")
        if self.end_date - self.start_date >= timedelta(days=MAX_DAYS):
            raise ValueError(f"a period covers at most {MAX_DAYS} days")
        return self

    @property
    def since(self) -> datetime:
        """The first moment of the period."""
        return midnight(self.start_date)

    @property
    def until(self) -> datetime:
        """The first moment after the period."""
        return midnight(self.end_date + timedelta(days=1))
