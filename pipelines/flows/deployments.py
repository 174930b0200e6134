"""The flows as Prefect deployments: their schedules, and one run of each at a time."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType
from pydantic import ValidationError

from barometer.settings import SettingsError
from pipelines.flows.clean_up import clean_up
from pipelines.flows.refresh import refresh
from pipelines.flows.settings import ScheduleSettings, When

NAME = "barometer"  # of both deployments: refresh/barometer and clean-up/barometer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the same moments after each start, whenever that is


def deployments(settings: ScheduleSettings, config: Path, **options: Any) -> list[RunnerDeployment]:  # noqa: ANN401 - Prefect's
    """The deployments of `refresh` and `clean-up`, not yet known to a server; `options` are `Flow.to_deployment`'s.

    A run that is due while the one before still runs is cancelled: it would do what that one does. `config` is a
    parameter of every run, read where the run is.

    Raises:
        SettingsError: if a cron is none.
    """
    return [
        _deployment(refresh, settings.refresh.when, config, options),
        _deployment(clean_up, settings.clean_up.when, config, options),
    ]


def _deployment(flow: Flow[..., Any], when: When, config: Path, options: dict[str, Any]) -> RunnerDeployment:
    deployment = flow.to_deployment(
        NAME,
        schedule=_schedule(when),
        paused=False,
        parameters={"config": str(config)},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
        **options,
    )
    assert isinstance(deployment, RunnerDeployment)  # a coroutine only where an event loop runs
    return deployment


def _schedule(when: When) -> Schedule:
    if when.cron is not None:
        try:
            CronSchedule(cron=when.cron)
        except ValidationError:
            raise SettingsError(f"cron = {when.cron!r}: expected five fields such as 0 */6 * * *") from None
        return Cron(when.cron, timezone="UTC")
    assert when.every_minutes is not None
    return Interval(60 * when.every_minutes, anchor_date=_EPOCH, timezone="UTC")
