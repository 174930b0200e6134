"""The Prefect flows `refresh` and `clean-up`; each step is a task with retries."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import Task, flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from barometer import defaults
from barometer.card import ArtifactError
from barometer.live.refresh import CleanUp
from barometer.live.store.engine import StoreError
from barometer.live.summary import summary_lines
from barometer.settings import SettingsError
from pipelines.flows import steps
from pipelines.flows.settings import load_production

P = ParamSpec("P")
R = TypeVar("R")


@flow(name="refresh", retries=0)
def refresh(config: Path = defaults.SCHEDULE) -> steps.Refreshed:
    """Crawl the feeds, score new headlines, and sample headlines for annotation.

    Raises:
        NoFeedAnsweredError: at the end, if every feed failed; a single feed that fails is only reported.
    """
    work = load_production(config)
    waits = work.settings.refresh.retry_after_seconds
    summary = retried(steps.crawl, waits)(work)
    scored = retried(steps.score, waits)(work)
    sampled = len(retried(steps.sample, waits)(work))
    table = "\n".join([*summary_lines(summary), f"scored {scored:,}, sampled for annotation {sampled:,}"])
    get_run_logger().info("refreshed\n%s", table)
    _keep("refresh", table, "Outcome of the crawl")
    return steps.refreshed(summary, scored, sampled)


@flow(name="clean-up", retries=0)
def clean_up(config: Path = defaults.SCHEDULE) -> CleanUp:
    """Repair the roll-ups of the active model version, and delete expired rows."""
    work = load_production(config)
    done = retried(steps.clean_up, work.settings.clean_up.retry_after_seconds)(work)
    lines = "\n".join(done.lines())
    logger = get_run_logger()
    # The transaction that writes scores keeps the roll-ups: a wrong one means that something else wrote to the store.
    (logger.warning if done.wrong_rollups else logger.info)("cleaned up\n%s", lines)
    _keep("clean-up", lines, "Repairs and deletions")
    return done


def _keep(key: str, lines: str, description: str) -> None:
    """Keep lines as an artifact of the run, which Prefect's page shows."""
    create_markdown_artifact(f"```\n{lines}\n```\n", key=key, description=description)


def retried(step: Callable[P, R], waits: tuple[float, ...]) -> Task[P, R]:
    """A task of `step` that is retried after each of `waits` seconds, unless only a person can fix the error."""
    options = task(
        retries=len(waits),
        retry_delay_seconds=list(waits),
        retry_condition_fn=_is_transient,
        cache_policy=NO_CACHE,  # the store knows what is left to do, not an earlier result
    )
    return options(step)


def _is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    error = state.result(raise_on_failure=False)
    return not isinstance(error, ArtifactError | SettingsError | StoreError)
