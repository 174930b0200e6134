"""Headlines of the same window in earlier weeks, against counts of rows, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from barometer.live.store.engine import reading, writing
from barometer.live.store.standing import activate_version
from barometer.live.store.usual import usual_counts

NOW = datetime(2024, 5, 18, 12, tzinfo=UTC)  # a Saturday
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
Save = Callable[..., list[int]]


@pytest.fixture
def weeks(database: Engine, save_scored: Save) -> Engine:
    """In the hour before NOW of the week so many weeks ago as many headlines plus one; every second is about BTC."""
    rows = [
        (NOW - week * WEEK - HOUR / 2, 0.5, ("BTC",) if n % 2 == 0 else ())
        for week in range(10)
        for n in range(week + 1)
    ]
    noise = [(NOW - week * WEEK - 30 * HOUR, 0.5, ("ETH",)) for week in range(10)]
    save_scored(database, "v", [*rows, *noise])
    with writing(database) as connection:
        activate_version(connection, "v", NOW - 20 * WEEK)
    return database


@pytest.mark.parametrize(
    ("hours", "coin", "expected"),
    [
        (1, None, [2, 3, 4, 5, 6, 7, 8, 9]),
        (24, None, [2, 3, 4, 5, 6, 7, 8, 9]),
        (31, None, [3, 4, 5, 6, 7, 8, 9, 10]),
        (168, None, [3, 4, 5, 6, 7, 8, 9, 10]),
        (24, "BTC", [1, 2, 2, 3, 3, 4, 4, 5]),
        (24, "NOCOIN", [0] * 8),
        (169, None, []),
    ],
)
def test_earlier_weeks_nearest_first(weeks: Engine, hours: int, coin: str | None, expected: list[int]) -> None:
    with reading(weeks) as connection:
        assert usual_counts(connection, "v", NOW - hours * HOUR, NOW, coin) == expected


def test_parts_of_an_hour_count_by_part(database: Engine, save_scored: Save) -> None:
    save_scored(database, "v", [(NOW - WEEK + HOUR / 2, 0.5, ())] * 20 + [(NOW - WEEK - HOUR, 0.5, ())] * 8)
    save_scored(database, "v", [(NOW - 5 * WEEK, 0.5, ())])
    with writing(database) as connection:
        activate_version(connection, "v", NOW - 20 * WEEK)
        quarter = HOUR / 4
        # Three quarters of the 8, a quarter of the 20.
        assert usual_counts(connection, "v", NOW - 3 * quarter, NOW + quarter, weeks=1) == [11]


def test_weeks_before_the_start_are_unknown(weeks: Engine) -> None:
    with writing(weeks) as connection:
        assert len(usual_counts(connection, "v", NOW - DAY, NOW, weeks=20)) == 9  # of the oldest headline
        assert usual_counts(connection, "w", NOW - DAY, NOW) == []
        assert usual_counts(connection, "v", NOW, NOW) == []


def test_feeds_of_a_new_store_tell_nothing(database: Engine, save_scored: Save) -> None:
    save_scored(database, "v", [(NOW - days * DAY, 0.5, ()) for days in range(60)])
    with writing(database) as connection:
        assert usual_counts(connection, "v", NOW - DAY, NOW) == []
        activate_version(connection, "v", NOW - 3 * WEEK - DAY)
        activate_version(connection, "w", NOW)
        assert usual_counts(connection, "v", NOW - DAY, NOW) == [1, 1, 1]
