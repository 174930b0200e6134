"""The steps that keep the barometer fresh."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

from barometer.live.demo_feeds import demo_settings, serve_folder, write_feeds
from barometer.live.index import last_hours
from barometer.live.records import DroppedTitle, NewsTitle
from barometer.live.refresh import CleanUp, Retention, clean_up, crawl_news, score_window
from barometer.live.score import Scorer
from barometer.live.settings import FeedsSettings
from barometer.live.store.claims import claim_titles, enqueue_unscored
from barometer.live.store.engine import reading, writing
from barometer.live.store.search import newest_titles
from barometer.live.store.standing import (
    activate_version,
    active_version,
    last_refresh,
    read_spread,
    record_run,
    versions_shown_before,
)
from barometer.live.store.titles import count_titles, save_dropped, save_titles
from barometer.live.summary import Outcome
from barometer.prevalence import Prevalence, Spread

DAY = timedelta(days=1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def certain(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.tile(np.float32([0, 0, 1]), (len(texts), 1)), np.ones(len(texts), dtype=np.float32)


def broken(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return certain(texts)[0], np.ones((len(texts), 2), dtype=np.float32)


def test_version_is_shown_once_fully_scored(database: Engine, make_title: Callable[..., NewsTitle]) -> None:
    now = datetime.now(UTC)
    with writing(database) as connection:
        save_titles(connection, [make_title("Bitcoin rises", now - DAY), make_title("Bitcoin falls", now - 9 * DAY)])
    assert score_window(database, Scorer("v", certain), days=30) == 2
    assert score_window(database, Scorer("w", certain), days=7) == 1
    with pytest.raises(ValueError, match=r"news of shape \(2, 2\), expected \(2, 3\) and \(2,\)"):
        score_window(database, Scorer("x", broken))
    with reading(database) as connection:
        assert active_version(connection) == "w"
        assert [title.title for title in newest_titles(connection, "w", 9)] == ["Bitcoin rises"]


def test_scoring_again_keeps_the_activation_time(database: Engine) -> None:
    score_window(database, Scorer("v", certain))
    score_window(database, Scorer("w", certain))
    moment = datetime.now(UTC)
    score_window(database, Scorer("w", certain))
    with reading(database) as connection:
        assert versions_shown_before(connection, moment) == ["v"]
        assert versions_shown_before(connection, moment - DAY) == []


def test_spread_is_stored_with_the_version(database: Engine, make_title: Callable[..., NewsTitle]) -> None:
    now = datetime.now(UTC)
    with writing(database) as connection:
        save_titles(connection, [make_title("Bitcoin rises", now - DAY)])
    score_window(database, Scorer("v", certain, Prevalence(variance=0.16, bias_variance=0.0009)))
    score_window(database, Scorer("w", certain))
    with reading(database) as connection:
        assert read_spread(connection, "v") == Spread(0.16, 0.0009)
        assert read_spread(connection, "w") is None
        low = last_hours(connection, "v", 48, now).low
    assert low == pytest.approx(1 - 1.959964 * sqrt(0.16 + 0.0009))


@pytest.mark.parametrize("answers", [True, False])
def test_crawl_is_recorded_after_any_answer(database: Engine, tmp_path: Path, answers: bool) -> None:
    with writing(database) as connection:
        record_run(connection, "crawl", LONG_AGO)
        record_run(connection, "score", datetime.now(UTC))
    files = write_feeds([("Bitcoin rallies as funds buy again", "daily")], tmp_path, datetime.now(UTC))
    values = {"addresses": [], "poll": {"interval_minutes": 0}, "fetch": {"robots": False}}
    with serve_folder(tmp_path) as address:
        settings = demo_settings(FeedsSettings.model_validate(values), address, files)
        if not answers:
            files["daily"].unlink()
        summary = crawl_news(database, settings)
    with reading(database) as connection:
        refreshed = last_refresh(connection)
    assert summary.count(Outcome.OK) == answers
    assert refreshed is not None and (refreshed > LONG_AGO) == answers


NOW = datetime(2026, 5, 17, 8, 30, tzinfo=UTC)
Save = Callable[[Engine, str, Sequence[tuple[datetime, float, Iterable[str]]]], list[int]]


def test_only_expired_rows_are_deleted(database: Engine, save_scored: Save) -> None:
    save_scored(database, "old", [(NOW - DAY, 0.2, ())])
    save_scored(database, "shown", [(NOW - DAY, 0.5, ["BTC"]), (NOW - 99 * DAY, 0.9, ())])
    with writing(database) as connection:
        for version, days in (("old", 90), ("shown", 40)):
            activate_version(connection, version, NOW - days * DAY)
        for days in (8, 1):
            title = DroppedTitle(f"Why {days}?", "demo", "", "not_question", NOW - days * DAY)
            save_dropped(connection, [title])
    retention = Retention(titles=60 * DAY, versions=31 * DAY)
    assert clean_up(database, Retention(), NOW) == CleanUp(0, 1, 0, 0, 0, 0)
    assert clean_up(database, retention, NOW) == CleanUp(0, 0, 0, 1, 0, 1)
    assert clean_up(database, retention, NOW) == CleanUp(0, 0, 0, 0, 0, 0)
    with reading(database) as connection:
        assert count_titles(connection) == 2
        assert len(newest_titles(connection, "shown", 9)) == 1
        assert newest_titles(connection, "old", 9) == []


def test_versions_in_use_are_kept(database: Engine, save_scored: Save) -> None:
    save_scored(database, "old", [(NOW, 0.2, ())])
    save_scored(database, "shown", [(NOW, 0.5, ())])
    with writing(database) as connection:
        activate_version(connection, "old", NOW - 90 * DAY)
        activate_version(connection, "shown", NOW - 80 * DAY)
        enqueue_unscored(connection, "old")
        claim_titles(connection, "old", 1, NOW)
    assert clean_up(database, Retention(versions=31 * DAY), NOW).predictions == 0


def test_stale_claims_are_deleted(database: Engine, save_scored: Save, count_queued: Callable[..., Any]) -> None:
    save_scored(database, "shown", [(NOW, 0.5, ())])
    with writing(database) as connection:
        enqueue_unscored(connection, "dead")
        claim_titles(connection, "dead", 9, NOW)
    assert clean_up(database, Retention(), NOW + timedelta(hours=23)).claims == 0
    assert clean_up(database, Retention(), NOW + timedelta(hours=25)).claims == 1
    with reading(database) as connection:
        assert count_queued(connection, "dead") == 0


def test_roll_ups_are_mended(database: Engine, save_scored: Save) -> None:
    save_scored(database, "shown", [(NOW, 0.5, ())])
    with writing(database) as connection:
        activate_version(connection, "shown", NOW)
        connection.exec_driver_sql("UPDATE rollups SET positive = 7 WHERE span = 24")
    assert clean_up(database, Retention(), NOW).wrong_rollups == 1
    assert clean_up(database, Retention(), NOW).wrong_rollups == 0
