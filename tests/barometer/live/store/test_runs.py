from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import StatementError

from barometer.live.store.engine import reading, writing
from barometer.live.store.standing import last_refresh, record_run

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


def test_what_is_shown_is_as_fresh_as_the_older_of_crawl_and_score(database: Engine) -> None:
    with writing(database) as connection:
        record_run(connection, "crawl", NOW)
        record_run(connection, "clean_up", NOW - timedelta(days=9))
        assert last_refresh(connection) is None
        record_run(connection, "score", NOW + timedelta(minutes=5))
    with reading(database) as connection:
        assert last_refresh(connection) == NOW


def test_a_run_that_is_recorded_late_does_not_turn_time_back(database: Engine) -> None:
    ahead = NOW.astimezone(timezone(timedelta(hours=9)))
    with writing(database) as connection:
        record_run(connection, "score", NOW + timedelta(days=1))
        for moment in (NOW - timedelta(hours=1), ahead, NOW - timedelta(minutes=1)):
            record_run(connection, "crawl", moment)
        assert last_refresh(connection) == NOW


def test_a_moment_without_zone_is_refused(database: Engine) -> None:
    with pytest.raises(StatementError, match="has no zone"), writing(database) as connection:
        record_run(connection, "crawl", NOW.replace(tzinfo=None))
