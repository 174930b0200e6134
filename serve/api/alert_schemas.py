"""Answers about alerts: which are watched, and which were raised. Times are UTC."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from barometer.live.records import AlertOverview


class WatchedAlert(BaseModel):
    """An alert that is watched: what raises it, and whether it is raised."""

    alert: str = Field(examples=["mood/higher"])
    words: str = Field(examples=["Barometer of the last 24 hours lies above 60"], description="When it is raised.")
    raised: bool = Field(examples=[False], description="Whether it is raised now.")
    raised_at: datetime | None = Field(
        examples=["2024-05-17T06:00:20Z"], description="When it last was; null if never."
    )
    checked_at: datetime = Field(examples=["2024-05-17T08:30:00Z"], description="When it was last looked at.")


class RaisedAlert(BaseModel):
    """An alert that was raised."""

    event_id: str = Field(
        examples=["0f6c2a9d1b7e4c55a1b2c3d4e5f60718"], description="Unique; the same in every message."
    )
    alert: str = Field(examples=["mood/higher"])
    title: str = Field(examples=["Barometer: more positive than usual"])
    text: str = Field(
        examples=["Barometer of the last 24 hours: 47.0 of 100 (95% interval 42.1 to 51.9), 118 headlines."]
    )
    raised_at: datetime = Field(examples=["2024-05-17T06:00:20Z"])
    ended_at: datetime | None = Field(examples=["2024-05-17T12:00:10Z"], description="null while it lasts.")


class Alerts(BaseModel):
    """The alerts that are watched, by name, and the newest of those that were raised, newest first."""

    watched: list[WatchedAlert]
    events: list[RaisedAlert]

    @classmethod
    def of(cls, found: AlertOverview) -> Self:
        """The answer for what the store knows: whatever fields of the records the answer declares."""
        return cls.model_validate(asdict(found))
