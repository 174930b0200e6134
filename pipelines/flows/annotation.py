"""The steps that exchange headlines and answers with Label Studio, and measure what comes of them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from barometer.live.annotation.project import ProjectPlan, set_up
from barometer.live.annotation.pull import Pulled, pull_labels
from barometer.live.annotation.push import Pushed, push_tasks
from barometer.live.annotation.studio import Studio, opened_studio
from barometer.live.store.engine import writing
from barometer.live.store.measurements import Name, save_measurement
from barometer.live.store.upgrade import opened_store
from barometer.settings import SettingsError
from pipelines.flows.settings import Production, ProductionError

_SECONDS = 1800.0


def has_server(work: Production) -> bool:
    """Whether there is a Label Studio to exchange with."""
    return bool(work.studio_url)


@contextmanager
def _opened(work: Production) -> Iterator[tuple[Studio, Engine]]:
    for name, value in (("LABEL_STUDIO_URL", work.studio_url), ("LABEL_STUDIO_TOKEN", work.studio_token)):
        if not value:
            raise SettingsError(f"{name} is not set; docs/annotation.md says where it comes from")
    with opened_store(work.database) as engine, opened_studio(work.studio_url, work.studio_token) as studio:
        yield studio, engine


def setup(work: Production) -> str:
    """Make the project or bring it up to date; return a line about it."""
    settings = work.settings.annotation
    with _opened(work) as (studio, engine):
        number, new = set_up(studio, engine, ProjectPlan(settings.title, settings.maximum_annotations))
        return f"{'made' if new else 'updated'} {studio.server}/projects/{number}, {settings.title!r}"


def push(work: Production) -> Pushed:
    """Import the sampled headlines that are no tasks yet."""
    with _opened(work) as (studio, engine):
        return push_tasks(studio, engine, work.settings.annotation.most_open)


def pull(work: Production) -> Pulled:
    """Mirror the answers that changed."""
    with _opened(work) as (studio, engine):
        return pull_labels(studio, engine)


def pushed_line(pushed: Pushed) -> str:
    """A push in words."""
    twice = f"; {pushed.twice:,} tasks repeat a headline, remove them in Label Studio" if pushed.twice else ""
    return f"{pushed.new:,} headlines pushed, {pushed.found:,} found there, {pushed.open:,} await an answer{twice}"


def pulled_lines(pulled: Pulled) -> list[str]:
    """A pull in words: a line of counts, and one for each bad annotation."""
    counts = (
        f"{pulled.new:,} labels new or newer, {pulled.withdrawn:,} withdrawn; {pulled.changed:,} tasks read, "
        f"{pulled.deleted:,} deleted, {pulled.unknown:,} about other headlines; {len(pulled.bad):,} bad annotations"
    )
    return [counts, *(f"annotation {bad.annotation_id}, {bad.reason}" for bad in pulled.bad)]


def measure(work: Production) -> list[str]:
    """Measure drift and agreement and store them, as far as their data are at hand; return a line about each.

    Both run in processes of their own, because they need the training libraries.
    """
    watch = work.settings.drift
    drift = ["drift", "--reference", str(watch.reference), "--days", str(watch.days)]
    wanted: list[tuple[Name, list[str]]] = [("agreement", ["annotation", "agreement"])]
    if watch.reference.exists():
        wanted.append(("drift", drift))
    return [_measured(work, name, words) for name, words in wanted]


def _measured(work: Production, name: Name, words: list[str]) -> str:
    try:
        result = answer_of(*words, "--database", work.database)
    except ProductionError as error:
        return f"{name} not measured: {error}"
    with opened_store(work.database) as engine, writing(engine) as connection:
        save_measurement(connection, name, datetime.now(UTC), result)
    return f"{name} measured"


def answer_of(*words: str, seconds: float = _SECONDS) -> dict[str, Any]:
    """The JSON object that a command of `barometer` writes; raises as `output_of` does."""
    found = json.loads(output_of(*words, seconds=seconds))
    assert isinstance(found, dict)
    return found


def output_of(*words: str, seconds: float | None = None) -> str:
    """What a command of `barometer` writes.

    Raises:
        ProductionError: with the last line of its messages if it fails, or does not end in `seconds`.
    """
    command = [sys.executable, "-m", "barometer.cli.main", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ProductionError(f"barometer {words[0]} did not end within {seconds:g} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ProductionError(said[-1])
    return done.stdout
