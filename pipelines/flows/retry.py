"""Steps as Prefect tasks that are tried again."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from barometer.card import ArtifactError
from barometer.live.store.engine import StoreError
from barometer.settings import SettingsError

P = ParamSpec("P")
R = TypeVar("R")


def retried(step: Callable[P, R], waits: tuple[float, ...]) -> Task[P, R]:
    """A task of `step` that is tried again after each of `waits` seconds, unless only a person can mend the error."""
    options = task(
        retries=len(waits),
        retry_delay_seconds=list(waits),
        retry_condition_fn=_may_pass,
        cache_policy=NO_CACHE,  # what is left to do the store knows, not an earlier result
    )
    return options(step)


def _may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    error = state.result(raise_on_failure=False)
    return not isinstance(error, ArtifactError | SettingsError | StoreError)
