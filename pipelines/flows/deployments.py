"""The flows as Prefect deployments: their schedules, one run of each at a time, run here or by a work pool."""

import asyncio
import os
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from prefect import Flow, deploy
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments import run_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.logging import get_logger
from prefect.runner import Runner
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType
from pydantic import ValidationError

from barometer.settings import SettingsError
from pipelines.flows.flows import alerts, annotation_pull, clean_up, refresh, retrain
from pipelines.flows.server import forget_unfinished, own_server
from pipelines.flows.settings import ProductionError, ScheduleSettings, When

NAME = "barometer"  # of each deployment: refresh/barometer, clean-up/barometer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the same moments after each start, whenever that is


def deployments(settings: ScheduleSettings, config: Path, **options: Any) -> list[RunnerDeployment]:  # noqa: ANN401 - Prefect's
    """The deployments of the flows, not yet known to a server; `options` are `Flow.to_deployment`'s.

    A run that is due while the previous one is still running is cancelled: it would do the same work. Of `refresh`
    as many run at once as its settings allow, on as many workers: they share feeds and headlines. `config` is a
    parameter of every run, read where the run takes place.

    Raises:
        SettingsError: if a cron expression is invalid.
    """
    planned: list[tuple[Flow[..., Any], When | None, int]] = [
        (refresh, settings.refresh.when, settings.refresh.at_once),
        (alerts, settings.alerts.when, 1),
        (clean_up, settings.clean_up.when, 1),
        (annotation_pull, settings.annotation.when, 1),
        (retrain, settings.retrain.when, 1),
    ]
    return [_deployment(flow, when, limit, config, options) for flow, when, limit in planned if when is not None]


def _deployment(
    flow: Flow[..., Any], when: When, limit: int, config: Path, options: dict[str, Any]
) -> RunnerDeployment:
    deployment = flow.to_deployment(
        NAME,
        schedule=_schedule(when),
        paused=False,
        parameters={"config": str(config)},
        concurrency_limit=ConcurrencyLimitConfig(limit=limit, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
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


def deploy_to(pool: str, settings: ScheduleSettings, config: Path, folder: Path) -> None:
    """Create or update the deployments on a work pool of the server of PREFECT_API_URL.

    Args:
        pool: its name; its workers run the flows from then on, and nothing has to stay here.
        settings: when the flows run.
        config: the file of these settings, relative to `folder`.
        folder: the checkout where workers run. They also need the environment variables of store and model.

    Raises:
        ProductionError: if there is no such pool.
        SettingsError: if a cron expression is invalid.
    """
    path = os.pathsep.join([str(folder), str(folder / "src")])  # the checkout's library, whatever else is installed
    of_process = {"working_dir": str(folder), "env": {"PYTHONPATH": path}}
    made = deployments(settings, config, job_variables=of_process, work_pool_name=pool)
    try:
        deploy(*made, work_pool_name=pool, build=False, push=False)
    except ValueError as error:
        raise ProductionError(str(error)) from None


class _Runner(Runner):
    """Prefect's runner, shut down cleanly by SIGTERM: Prefect's own handler awaits nothing of the shutdown."""

    async def run(self) -> None:
        """Run what is due until SIGTERM."""
        task = asyncio.current_task()
        assert task is not None
        self._cancel = partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel)
        with suppress(asyncio.CancelledError):
            await self.start()

    def handle_sigterm(self, *_: object, **__: object) -> None:
        """Cancel `run`, which then closes what it holds open."""
        self._cancel()


def serve_flows(settings: ScheduleSettings, config: Path, port: int | None, now: bool) -> None:
    """Serve the flows until SIGTERM or Ctrl-C; then cancel the runs in progress, and pause the schedules.

    Args:
        settings: when they run.
        config: the file of these settings, which every run reads.
        port: port of a server started here; None for the server of PREFECT_API_URL.
        now: whether to refresh immediately, too.

    Raises:
        ServerError: if the server cannot start.
    """
    logger = get_logger("barometer")
    with ExitStack() as stack:
        if port is not None:
            stack.enter_context(own_server(port))
            if left := forget_unfinished(NAME):
                logger.info("%d unfinished runs of an earlier scheduler were given up", left)
        runner = _Runner(name=NAME, pause_on_shutdown=True, limit=4)
        served = deployments(settings, config)
        for deployment in served:
            runner.add_deployment(deployment)
        if now:
            run_deployment(f"{served[0].flow_name}/{NAME}", timeout=0, as_subflow=False)
        where = "the server of PREFECT_API_URL" if port is None else f"http://127.0.0.1:{port}"
        logger.info("%s on schedule; see %s", " and ".join(str(each.flow_name) for each in served), where)
        with suppress(KeyboardInterrupt):
            asyncio.run(runner.run())
