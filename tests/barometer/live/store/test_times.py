"""Times in UTC, and windows as spans and edges."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.exc import StatementError

from barometer.live.store.engine import reading, writing
from barometer.live.store.schema import model_versions
from barometer.live.store.times import SPANS, Edge, Run, hour_column, hour_of, hour_start, split_window

moments = st.datetimes(
    datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.timezones() | st.just(UTC), allow_imaginary=False
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=moments)
def test_times_come_back_in_utc_exactly(database: Engine, moment: datetime) -> None:
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


MIDNIGHT = datetime(2024, 5, 17, tzinfo=UTC)
H = timedelta(hours=1)
near_epoch = st.datetimes(datetime(1969, 11, 1), datetime(1970, 3, 20), timezones=st.just(UTC))


def bounds(piece: Edge | Run) -> tuple[datetime, datetime]:
    if isinstance(piece, Edge):
        return piece.since, piece.until
    return hour_start(piece.first), hour_start(piece.last)


@pytest.mark.parametrize("largest_span", SPANS)
@given(a=near_epoch, b=near_epoch)
def test_pieces_cover_the_window_once(largest_span: int, a: datetime, b: datetime) -> None:
    since, until = min(a, b), max(a, b)
    pieces = split_window(since, until, largest_span)
    ends = [since, *(moment for piece in pieces for moment in bounds(piece)), until]
    assert all(left == right for left, right in zip(ends[::2], ends[1::2], strict=True))
    assert all(start < end for start, end in map(bounds, pieces))


@given(a=near_epoch, b=near_epoch)
def test_edges_are_short_runs_whole(a: datetime, b: datetime) -> None:
    for piece in split_window(min(a, b), max(a, b)):
        if isinstance(piece, Edge):
            assert piece.until - piece.since < H
            assert hour_of(piece.since) == hour_of(piece.until - timedelta(microseconds=1))
        else:
            assert piece.first % piece.span == piece.last % piece.span == 0
            for larger in (span for span in SPANS if span > piece.span):
                assert piece.first // larger == (piece.last - 1) // larger


def test_a_year_is_few_pieces() -> None:
    now = MIDNIGHT + timedelta(days=3, hours=16, minutes=20)
    kinds = [piece.span if isinstance(piece, Run) else 0 for piece in split_window(now - timedelta(days=365), now)]
    assert kinds == [0, 1, 24, 720, 24, 1, 0]


def test_thirty_days_take_five_pieces() -> None:
    now = MIDNIGHT + timedelta(hours=16, minutes=20)
    kinds = [piece.span if isinstance(piece, Run) else 0 for piece in split_window(now - timedelta(days=30), now, 24)]
    assert kinds == [0, 1, 24, 1, 0]


def test_whole_days_need_no_rows() -> None:
    assert split_window(MIDNIGHT, MIDNIGHT + timedelta(days=3), 24) == [
        Run(24, hour_of(MIDNIGHT), hour_of(MIDNIGHT) + 72)
    ]


def test_empty_and_reversed_windows() -> None:
    assert split_window(MIDNIGHT, MIDNIGHT) == []
    with pytest.raises(ValueError, match="ends before it begins"):
        split_window(MIDNIGHT, MIDNIGHT - H)


def test_all_of_time_can_be_split() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert bounds(split_window(first, last)[0])[0] == first
    assert bounds(split_window(first, last)[-1])[1] == last
