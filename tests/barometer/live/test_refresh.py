from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

from barometer.live.demo_feeds import demo_settings, serve_folder, write_feeds
from barometer.live.index import last_hours
from barometer.live.records import NewsTitle
from barometer.live.refresh import crawl_news, score_window
from barometer.live.score import Scorer
from barometer.live.settings import FeedsSettings
from barometer.live.store.engine import reading, writing
from barometer.live.store.search import newest_titles
from barometer.live.store.standing import active_version, last_refresh, read_spread, record_run, versions_shown_before
from barometer.live.store.titles import save_titles
from barometer.live.summary import Outcome
from barometer.prevalence import Prevalence, Spread

DAY = timedelta(days=1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def certain(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.tile(np.float32([0, 0, 1]), (len(texts), 1)), np.ones(len(texts), dtype=np.float32)


def broken(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return certain(texts)[0], np.ones((len(texts), 2), dtype=np.float32)


def test_a_version_is_shown_when_all_of_the_window_is_scored(
    database: Engine, make_title: Callable[..., NewsTitle]
) -> None:
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


def test_scoring_again_does_not_move_the_day_on_which_the_version_before_was_last_shown(database: Engine) -> None:
    score_window(database, Scorer("v", certain))
    score_window(database, Scorer("w", certain))
    moment = datetime.now(UTC)
    score_window(database, Scorer("w", certain))
    with reading(database) as connection:
        assert versions_shown_before(connection, moment) == ["v"]
        assert versions_shown_before(connection, moment - DAY) == []


def test_how_far_a_version_may_err_is_stored_with_it(database: Engine, make_title: Callable[..., NewsTitle]) -> None:
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
def test_a_crawl_counts_as_done_where_a_feed_answered(database: Engine, tmp_path: Path, answers: bool) -> None:
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
