"""Query parameters of the data API: their types, bounds and examples. Days are days in UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from barometer.labels import label_from_name

MAX_TOP_K = 100
MAX_HOURS = 366 * 24
MAX_DAYS = 3_660
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
# Front ends that hold times send midnight; any other time of day would be dropped silently, so it is refused.
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+ ]00:?00)?)?", re.ASCII)


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not (found := _DAY.fullmatch(value)):
        raise ValueError("expected a day such as 2024-05-17")
    return date.fromisoformat(found[1])


def _class_name(value: object) -> object:
    return label_from_name(str(value)).title if value else ""


def midnight(day: date) -> datetime:
    """The moment at which a day begins in UTC."""
    return datetime.combine(day, time(), UTC)


Hours = Annotated[int, Query(ge=1, le=MAX_HOURS, description="Hours back from now.", examples=[24])]
TopK = Annotated[int, Query(ge=1, le=MAX_TOP_K, description="How many titles at most.", examples=[10])]
ClassName = Annotated[
    Literal["Negative", "Neutral", "Positive", ""],
    BeforeValidator(_class_name),
    Query(description="Only titles predicted to be of this class; of all if empty.", examples=["Positive"]),
]
Bucket = Annotated[Literal["hour", "day"], Query(description="Length of a part of the history.")]
Day = Annotated[date, BeforeValidator(_day)]


class Period(BaseModel):
    """Whole days in UTC, both included."""

    model_config = ConfigDict(frozen=True)

    start_date: Day = Field(ge=FIRST_DAY, le=LAST_DAY, description="First day, in UTC.", examples=["2024-05-01"])
    end_date: Day = Field(ge=FIRST_DAY, le=LAST_DAY, description="Last day, included.", examples=["2024-05-31"])

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if self.end_date < self.start_date:
            raise ValueError(f"end_date {self.end_date} is before start_date {self.start_date}")
        if self.end_date - self.start_date >= timedelta(days=MAX_DAYS):
            raise ValueError(f"a period has at most {MAX_DAYS} days")
        return self

    @property
    def since(self) -> datetime:
        """The first moment of the period."""
        return midnight(self.start_date)

    @property
    def until(self) -> datetime:
        """The first moment after the period."""
        return midnight(self.end_date + timedelta(days=1))

    def days_backwards(self) -> list[date]:
        """Every day of the period, the last first."""
        return [self.end_date - timedelta(days=i) for i in range((self.end_date - self.start_date).days + 1)]
