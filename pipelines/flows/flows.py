"""The Prefect flows; each step is a task with retries."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import Task, flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from sqlalchemy.exc import DatabaseError

from barometer import defaults
from barometer.card import ArtifactError
from barometer.live.annotation.pull import Pulled
from barometer.live.annotation.push import Pushed
from barometer.live.annotation.studio import StudioError
from barometer.live.refresh import CleanUp
from barometer.live.store.annotation import BusyError
from barometer.live.store.engine import StoreError
from barometer.live.summary import summary_lines
from barometer.settings import SettingsError
from pipelines.flows import annotation, steps
from pipelines.flows import retrain as retraining
from pipelines.flows.settings import Production, load_production

P = ParamSpec("P")
R = TypeVar("R")


@flow(name="refresh", retries=0)
def refresh(config: Path = defaults.SCHEDULE) -> steps.Refreshed:
    """Crawl the feeds, score new headlines, sample headlines for annotation, and look at the alerts.

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
    if annotation.has_server(work):
        _push(work)
    _alert(work)
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


@flow(name="annotation-push", retries=0)
def annotation_push(config: Path = defaults.SCHEDULE) -> Pushed:
    """Import the sampled headlines into Label Studio; `refresh` does it, too."""
    return _pushed(load_production(config))


def _pushed(work: Production) -> Pushed:
    done = retried(annotation.push, work.settings.annotation.retry_after_seconds)(work)
    get_run_logger().info(annotation.pushed_line(done))
    return done


def _push(work: Production) -> None:
    """Push after a refresh; a Label Studio that does not answer is reported and fails no refresh."""
    try:
        _pushed(work)
    except (StudioError, BusyError, SettingsError) as error:
        get_run_logger().warning("headlines were not pushed: %s", error)


@flow(name="alerts", retries=0)
def alerts(config: Path = defaults.SCHEDULE) -> None:
    """Look at the alerts between refreshes, of which some may fail to come; try again what was not delivered."""
    _alerted(load_production(config))


def _alerted(work: Production) -> None:
    done = retried(steps.alerts, ())(work)
    lines = done.lines() if done else []
    if lines:
        failed = done is not None and (done.delivered.waiting or done.delivered.given_up)
        (get_run_logger().warning if failed else get_run_logger().info)("\n".join(lines))


def _alert(work: Production) -> None:
    """Look at the alerts after a refresh; what goes wrong with them is reported and fails no refresh."""
    try:
        _alerted(work)
    except (SettingsError, StoreError, DatabaseError) as error:
        get_run_logger().warning("alerts were not looked at: %s", error)


@flow(name="annotation-pull", retries=0)
def annotation_pull(config: Path = defaults.SCHEDULE) -> Pulled | None:
    """Fetch the answers that changed, where there is a Label Studio; then measure agreement and drift."""
    work = load_production(config)
    waits = work.settings.annotation.retry_after_seconds
    done = retried(annotation.pull, waits)(work) if annotation.has_server(work) else None
    lines = [*(annotation.pulled_lines(done) if done else []), *retried(annotation.measure, waits)(work)]
    get_run_logger().info("\n".join(lines))
    _keep("annotation-pull", "\n".join(lines), "Answers of annotators")
    return done


@flow(name="retrain", retries=0)
def retrain(config: Path = defaults.SCHEDULE) -> str:
    """Retrain if there is reason to; the gate decides whether the result is served."""
    work = load_production(config)
    done = retried(retraining.retrain, ())(work)
    lines = "\n".join(done.lines()) if done else "no reason to retrain"
    get_run_logger().info(lines)
    _keep("retrain", lines, "Outcome of the retraining")
    return done.step if done else "no reason"


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
