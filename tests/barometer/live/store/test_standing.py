"""Which version is shown, and how fresh it is."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import StatementError

from barometer.live.store.engine import reading, writing
from barometer.live.store.standing import activate_version, active_version, last_refresh, record_run

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


def test_freshness_is_the_older_step(database: Engine) -> None:
    with writing(database) as connection:
        record_run(connection, "crawl", NOW)
        record_run(connection, "clean_up", NOW - timedelta(days=9))
        assert last_refresh(connection) is None
        record_run(connection, "score", NOW + timedelta(minutes=5))
    with reading(database) as connection:
        assert last_refresh(connection) == NOW


def test_late_record_keeps_the_newest_time(database: Engine) -> None:
    ahead = NOW.astimezone(timezone(timedelta(hours=9)))
    with writing(database) as connection:
        record_run(connection, "score", NOW + timedelta(days=1))
        for moment in (NOW - timedelta(hours=1), ahead, NOW - timedelta(minutes=1)):
            record_run(connection, "crawl", moment)
        assert last_refresh(connection) == NOW


def test_a_moment_without_zone_is_refused(database: Engine) -> None:
    with pytest.raises(StatementError, match="has no zone"), writing(database) as connection:
        record_run(connection, "crawl", NOW.replace(tzinfo=None))


def test_the_version_activated_last_is_shown(database: Engine) -> None:
    with reading(database) as connection:
        assert active_version(connection) is None
    for minutes, version in enumerate(["a", "b", "a"]):
        with writing(database) as connection:
            activate_version(connection, version, NOW + timedelta(minutes=minutes))
            assert active_version(connection) == version
