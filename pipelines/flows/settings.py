"""Typed settings of production on a schedule (`conf/schedule/`), and the one place where its environment is read."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from barometer import defaults
from barometer.live.refresh import SHOWN_DAYS, Retention
from barometer.query.selection import find
from barometer.release import find_model
from barometer.settings import Section, load

# Feeds reach back less, so that nothing deleted is crawled again, and nobody labels a headline twice.
_MOST_DAYS_OF_A_FEED = 31
_MOST_DAYS = 36_500  # a date a hundred years back still exists
Days = Annotated[int, Field(ge=1, le=_MOST_DAYS)]
KeepDays = Annotated[int, Field(ge=_MOST_DAYS_OF_A_FEED, le=_MOST_DAYS)] | None
Waits = tuple[Annotated[float, Field(ge=0, le=86_400)], ...]


class ProductionError(RuntimeError):
    """Production cannot continue; the message is for a person."""


class When(Section):
    """When a flow starts, in UTC: by `cron`, or every `every_minutes` minutes counted from 1970."""

    cron: str | None = None
    every_minutes: Annotated[float, Field(gt=0, le=7 * 24 * 60)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "When":
        if (self.cron is None) == (self.every_minutes is None):
            raise ValueError("give either cron or every_minutes")
        return self


class RefreshSettings(Section):
    """When and how the barometer is refreshed.

    Attributes:
        when: its schedule.
        retry_after_seconds: the wait before each retry of a failed step; its length is the number of retries.
        score_days: how far back a new model version scores before it becomes active.
    """

    when: When = When(cron="0 */6 * * *")
    retry_after_seconds: Waits = (60.0, 600.0)
    score_days: Days = SHOWN_DAYS


class SampleSettings(Section):
    """Which headlines annotators get: at most `k` of the last `days` days, chosen by a query strategy."""

    strategy: str = "least_confidence"
    k: Annotated[int, Field(ge=0)] = 50
    days: Annotated[int, Field(ge=1, lt=_MOST_DAYS_OF_A_FEED)] = 7
    seed: Annotated[int, Field(ge=0)] = 17

    @field_validator("strategy")
    @classmethod
    def _needs_only_probabilities(cls, value: str) -> str:
        if (needs := find(value).needs) != "probabilities":
            raise ValueError(f"strategy {value!r} needs {needs}; expected one that needs only probabilities")
        return value


class CleanUpSettings(Section):
    """When the store is cleaned up, and for how many days rows are kept; None means forever."""

    when: When = When(cron="30 3 * * *")
    retry_after_seconds: Waits = (60.0, 600.0)
    keep_dropped_days: Days = 7
    keep_title_days: KeepDays = None
    keep_version_days: KeepDays = None

    @property
    def retention(self) -> Retention:
        """The retention periods as time deltas."""
        days = (self.keep_title_days, self.keep_version_days)
        titles, versions = (None if n is None else timedelta(days=n) for n in days)
        return Retention(timedelta(days=self.keep_dropped_days), titles, versions)


class ScheduleSettings(Section):
    """Everything on the schedule; `feeds` is a file of feeds, relative to the working folder."""

    feeds: Path = defaults.FEEDS
    refresh: RefreshSettings = RefreshSettings()
    sample: SampleSettings = SampleSettings()
    clean_up: CleanUpSettings = CleanUpSettings()


@dataclass(frozen=True, slots=True)
class Production:
    """What the steps work on: settings, the URL of the store, and the folder of the model artifact.

    The URL may hold a password, so it comes from the environment: Prefect would show a parameter of a flow.
    """

    settings: ScheduleSettings
    database: str = field(repr=False)
    model: Path


def load_production(config: Path = defaults.SCHEDULE, environment: Mapping[str, str] | None = None) -> Production:
    """Read the settings, and from the environment BAROMETER_DATABASE_URL and BAROMETER_MODEL.

    Raises:
        SettingsError: as `barometer.settings.load` does.
    """
    found = os.environ if environment is None else environment
    missing = f"no file of the schedule {config}; expected YAML such as {defaults.SCHEDULE}"
    settings = load(ScheduleSettings, config, missing, "of sections")
    return Production(
        settings,
        found.get(defaults.DATABASE_VARIABLE, defaults.DATABASE_URL),
        find_model(found.get(defaults.MODEL_VARIABLE, defaults.MODEL)),
    )
