"""A refresh says that it was done only where news could be fetched."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from barometer.live.demo_feeds import demo_settings, serve_folder, write_feeds
from barometer.live.refresh import crawl_news
from barometer.live.settings import FeedsSettings
from barometer.live.store.engine import reading, writing
from barometer.live.store.runs import last_refresh, record_run
from barometer.live.summary import Outcome

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


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
