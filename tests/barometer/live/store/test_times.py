from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.exc import StatementError

from barometer.live.store.engine import reading, writing
from barometer.live.store.schema import model_versions
from barometer.live.store.times import hour_column, hour_of, hour_start

moments = st.datetimes(
    datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.timezones() | st.just(UTC), allow_imaginary=False
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=moments)
def test_a_moment_of_any_zone_comes_back_in_utc_to_the_microsecond_and_has_its_hour(
    database: Engine, moment: datetime
) -> None:
    with database.connect() as connection:
        connection.execute(model_versions.insert().values(model_version="v", activated_at=moment))
        column = model_versions.c.activated_at
        found, hour = connection.execute(select(column, hour_column(column, database.dialect))).one()
        connection.rollback()
    assert hour == hour_of(moment)
    assert found == moment.astimezone(UTC)
    assert found.tzinfo is UTC


def test_a_moment_without_zone_is_refused(database: Engine) -> None:
    with pytest.raises(StatementError, match="2024-05-17T08:30:00 has no zone"), writing(database) as connection:
        connection.execute(model_versions.insert().values(model_version="v", activated_at=datetime(2024, 5, 17, 8, 30)))
    with reading(database) as connection:
        assert connection.execute(select(model_versions)).all() == []


def test_moments_are_compared_in_utc(database: Engine) -> None:
    east = timezone(timedelta(hours=9))
    evening = datetime(2024, 5, 17, 1, 0, tzinfo=east)  # 16:00 UTC of the 16th
    with writing(database) as connection:
        connection.execute(model_versions.insert().values(model_version="v", activated_at=evening))
        column = model_versions.c.activated_at
        before = select(column).where(column < datetime(2024, 5, 16, 17, tzinfo=UTC))
        assert connection.execute(before).scalars().all() == [evening]


@given(moment=st.datetimes(timezones=st.just(UTC), max_value=datetime(9999, 12, 31, 22)))
def test_a_moment_lies_in_its_hour(moment: datetime) -> None:
    assert hour_start(hour_of(moment)) <= moment < hour_start(hour_of(moment) + 1)
