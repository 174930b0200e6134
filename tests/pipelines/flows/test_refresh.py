"""The flows in Prefect's own harness, on a real store and real feeds."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from barometer.live.store.engine import open_engine, reading
from barometer.live.store.runs import last_refresh

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]
Configure = Callable[..., Path]


def scores(url: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        return connection.execute("SELECT title_id, count(*) FROM model_predictions GROUP BY title_id").fetchall()


def test_a_refresh_crawls_scores_and_samples(configure: Configure, sqlite_url: str) -> None:
    from prefect.artifacts import Artifact

    from pipelines.flows.refresh import refresh

    config = configure(sqlite_url, sample={"k": 2})
    first = refresh(config)
    assert (first.new, first.scored, first.sampled, first.feeds_failed) == (4, 4, 2, 0)
    artifact = Artifact.get("refresh")
    assert artifact is not None and "new                4" in str(artifact.data)
    again = refresh(config)
    assert (again.new, again.scored, again.sampled) == (0, 0, 2)
    engine = open_engine(sqlite_url)
    with reading(engine) as connection:
        assert last_refresh(connection) is not None
    engine.dispose()
