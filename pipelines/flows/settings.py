"""Typed settings of production on a schedule (`conf/schedule/`), and the one place where its environment is read."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator, model_validator

from barometer import defaults
from barometer.defaults import find_model
from barometer.settings import Section, load

if TYPE_CHECKING:  # a short command reads these settings, too, and must not wait for numpy and the crawler
    from barometer.live.refresh import Retention

# Feeds reach back less, so that nothing deleted is crawled again, and nobody labels a headline twice.
_MOST_DAYS_OF_A_FEED = 31
_STRATEGY = "least_confidence"
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
        at_once: how many runs may go on at the same time, each on a worker of its own; one that is due beyond that is
            cancelled.
        retry_after_seconds: the wait before each retry of a failed step; its length is the number of retries.
        score_days: how far back a new model version scores before it becomes active.
    """

    when: When = When(cron="0 */6 * * *")
    at_once: Annotated[int, Field(ge=1, le=100)] = 1
    retry_after_seconds: Waits = (60.0, 600.0)
    score_days: Days = defaults.SHOWN_DAYS


class SampleSettings(Section):
    """Which headlines annotators get: at most `k` of the last `days` days, chosen by a query strategy.

    `random_share` of them are drawn at random, so that their labels can measure a model.
    """

    strategy: str = _STRATEGY
    random_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    k: Annotated[int, Field(ge=0)] = 50
    days: Annotated[int, Field(ge=1, lt=_MOST_DAYS_OF_A_FEED)] = 7
    seed: Annotated[int, Field(ge=0)] = 17

    @field_validator("strategy")
    @classmethod
    def _needs_only_probabilities(cls, value: str) -> str:
        if value == _STRATEGY:
            return value
        from barometer.query.selection import find  # noqa: PLC0415

        if (needs := find(value).needs) != "probabilities":
            raise ValueError(f"strategy {value!r} needs {needs}; expected one that needs only probabilities")
        return value


class AnnotationSettings(Section):
    """The project in Label Studio, and when answers are fetched.

    Attributes:
        title: of the project.
        maximum_annotations: how many people answer each headline.
        most_open: how many headlines may await an answer; neither sampled nor pushed beyond.
        when, retry_after_seconds: of the flow that fetches answers.
    """

    title: str = "Crypto news barometer"
    maximum_annotations: Annotated[int, Field(ge=1, le=100)] = 3
    most_open: Annotated[int, Field(ge=0)] = 500
    when: When = When(cron="0 4 * * *")
    retry_after_seconds: Waits = (60.0, 600.0)


class DriftWatch(Section):
    """Daily drift of the headlines of the last `days` days from those of `reference`, a file or folder of headlines."""

    reference: Path = Path("data/news")
    days: Days = 7


class NotifySettings(Section):
    """Who is told how a retraining ended: a URL that gets a JSON object by POST, a command that reads it, or nobody."""

    url: str | None = None
    command: tuple[str, ...] = ()


class RetrainSettings(Section):
    """When a model is retrained, and with what.

    Attributes:
        when: how often it is considered; null never does.
        new_labels: this many labelled headlines since the last retraining are enough.
        drift_auc: so is drift whose interval lies above this AUC; null ignores drift.
        corpora: corpora, below `data/`, that the champion learnt from: learnt from again, as auxiliary.
        overrides: further settings of the pipeline, as `dvc exp run -S` takes them.
        remote: the DVC remote that snapshots of the labels are pushed to; null keeps them in the cache of the checkout.
        folder: where the state of a retraining and its logs are kept.
        hours: after so many, training is given up.
        notify: who is told.
    """

    when: When | None = None
    new_labels: Annotated[int, Field(ge=1)] = 500
    drift_auc: Annotated[float, Field(gt=0.5, lt=1)] | None = None
    corpora: tuple[str, ...] = ("news", "demo", "demo-pairs")
    overrides: tuple[str, ...] = ()
    remote: str | None = None
    folder: Path = Path("outputs/retrain")
    hours: Annotated[float, Field(gt=0)] = 24.0
    notify: NotifySettings = NotifySettings()


class CleanUpSettings(Section):
    """When the store is cleaned up, and for how many days rows are kept; None means forever."""

    when: When = When(cron="30 3 * * *")
    retry_after_seconds: Waits = (60.0, 600.0)
    keep_dropped_days: Days = 7
    keep_title_days: KeepDays = None
    keep_version_days: KeepDays = None

    @property
    def retention(self) -> "Retention":
        """The retention periods as time deltas."""
        from barometer.live.refresh import Retention  # noqa: PLC0415

        days = (self.keep_title_days, self.keep_version_days)
        titles, versions = (None if n is None else timedelta(days=n) for n in days)
        return Retention(timedelta(days=self.keep_dropped_days), titles, versions)


class AlertSettings(Section):
    """Which alerts are raised, a file relative to the working folder, and when they are looked at between refreshes.

    Only that sees that refreshes fail to come, and tries soon again what a channel did not accept; null leaves it to
    the refreshes.
    """

    config: Path = defaults.ALERTS
    when: When | None = When(cron="30 * * * *")

    @property
    def present(self) -> bool:
        """Whether there are alerts: none in a folder that lacks the default file, as one from before there were any."""
        return self.config != defaults.ALERTS or self.config.exists()


class ScheduleSettings(Section):
    """Everything on the schedule; `feeds` is a file of feeds, relative to the working folder."""

    feeds: Path = defaults.FEEDS
    alerts: AlertSettings = AlertSettings()
    refresh: RefreshSettings = RefreshSettings()
    sample: SampleSettings = SampleSettings()
    annotation: AnnotationSettings = AnnotationSettings()
    drift: DriftWatch = DriftWatch()
    retrain: RetrainSettings = RetrainSettings()
    clean_up: CleanUpSettings = CleanUpSettings()


@dataclass(frozen=True, slots=True)
class Production:
    """What the steps work on: settings, the URL of the store, the folder of the model artifact, and Label Studio.

    The URL may hold a password, so it comes from the environment: Prefect would show a parameter of a flow. So does the
    token; without an address of Label Studio nothing is pushed or pulled. `environment` is where the channels of alerts
    find their addresses and secrets.
    """

    settings: ScheduleSettings
    database: str = field(repr=False)
    model: Path
    studio_url: str = ""
    studio_token: str = field(default="", repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


def load_production(config: Path = defaults.SCHEDULE, environment: Mapping[str, str] | None = None) -> Production:
    """Read the settings, and from the environment BAROMETER_DATABASE_URL, BAROMETER_MODEL and LABEL_STUDIO_URL, _TOKEN.

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
        found.get("LABEL_STUDIO_URL", "").strip(),
        found.get("LABEL_STUDIO_TOKEN", "").strip(),
        found,
    )
