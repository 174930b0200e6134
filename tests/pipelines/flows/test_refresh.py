"""The flows in Prefect's own harness, on a real store and real feeds."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from barometer.live.records import NewsTitle
from barometer.live.store.engine import StoreError, open_engine, reading, writing
from barometer.live.store.standing import activate_version, last_refresh
from barometer.live.store.titles import save_titles

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("prefect_server"),
    # Prefect's client leaves connections to the collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]
Configure = Callable[..., Path]


def scores(url: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        return connection.execute("SELECT title_id, count(*) FROM model_predictions GROUP BY title_id").fetchall()


def test_a_refresh_crawls_scores_and_samples(configure: Configure, store_url: str) -> None:
    from prefect.artifacts import Artifact

    from pipelines.flows.flows import refresh

    config = configure(store_url, sample={"k": 2})
    first = refresh(config)
    assert (first.new, first.scored, first.sampled, first.feeds_failed) == (4, 4, 2, 0)
    assert (first.feeds_due, first.feeds_read) == (1, 1)
    artifact = Artifact.get("refresh")
    assert artifact is not None and "new                4" in str(artifact.data)
    again = refresh(config)
    assert (again.new, again.scored, again.sampled) == (0, 0, 2)
    engine = open_engine(store_url)
    with reading(engine) as connection:
        assert last_refresh(connection) is not None
    engine.dispose()


def test_a_failed_step_is_retried(configure: Configure, sqlite_url: str) -> None:
    from pipelines.flows.flows import refresh

    # The store refuses scores as long as no more than one scorer has come by.
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.executescript("""
            CREATE TABLE claims (token TEXT PRIMARY KEY);
            CREATE TRIGGER count_claims AFTER UPDATE ON score_queue WHEN NEW.token IS NOT NULL
                BEGIN INSERT OR IGNORE INTO claims VALUES (NEW.token); END;
            CREATE TRIGGER refuse BEFORE INSERT ON model_predictions WHEN (SELECT count(*) FROM claims) < 2
                BEGIN SELECT RAISE(ABORT, 'the store is tired'); END;
        """)
    result = refresh(configure(sqlite_url, refresh={"retry_after_seconds": [0.1]}))
    assert result.scored == 4
    assert [count for _, count in scores(sqlite_url)] == [1] * 4


def test_permanent_errors_are_not_retried(configure: Configure, tmp_path: Path) -> None:
    from pipelines.flows.flows import clean_up

    config = configure(f"sqlite:///{tmp_path}/empty.db", clean_up={"retry_after_seconds": [3600]})
    with pytest.raises(StoreError, match="barometer db upgrade"):
        clean_up(config)


def test_without_answers_stored_headlines_are_scored(
    configure: Configure, sqlite_url: str, make_title: Callable[..., NewsTitle]
) -> None:
    from pipelines.flows.flows import refresh
    from pipelines.flows.steps import NoFeedAnsweredError

    engine = open_engine(sqlite_url)
    with writing(engine) as connection:
        save_titles(connection, [make_title("Bitcoin rises a little on Monday", datetime.now(UTC))])
    engine.dispose()
    with pytest.raises(NoFeedAnsweredError, match="none of 1 feeds answered; the first: "):
        refresh(configure(sqlite_url, ["http://127.0.0.1:9/closed.xml"]))
    assert len(scores(sqlite_url)) == 1


def test_clean_up_repairs_roll_ups(configure: Configure, store_url: str, save_scored: Callable[..., list[int]]) -> None:
    from pipelines.flows.flows import clean_up

    engine = open_engine(store_url)
    save_scored(engine, "v", [(datetime.now(UTC), 0.5, ())])
    with writing(engine) as connection:
        activate_version(connection, "v", datetime.now(UTC))
        connection.exec_driver_sql("UPDATE rollups SET headlines = 7")
    engine.dispose()
    config = configure(store_url)
    assert clean_up(config).wrong_rollups == 6
    assert clean_up(config).wrong_rollups == 0


def test_alerts_are_looked_at_between_refreshes(configure: Configure, sqlite_url: str, tmp_path: Path) -> None:
    from pipelines.flows.flows import alerts

    (tmp_path / "alerts.yaml").write_text("rules: [{name: stale, kind: stale}]")
    alerts(configure(sqlite_url, alerts={"config": f"{tmp_path}/alerts.yaml"}))
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT alert, raised FROM alert_states").fetchall() == [("stale", 1)]
