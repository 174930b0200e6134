from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from barometer.live.store.engine import reading, writing
from barometer.live.store.standing import activate_version, active_version

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


def test_the_version_activated_last_is_shown(database: Engine) -> None:
    with reading(database) as connection:
        assert active_version(connection) is None
    for minutes, version in enumerate(["a", "b", "a"]):
        with writing(database) as connection:
            activate_version(connection, version, NOW + timedelta(minutes=minutes))
            assert active_version(connection) == version
