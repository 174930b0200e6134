from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from barometer.live.store.engine import reading
from barometer.live.store.sums import coin_days, coin_sums

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def test_coin_days_are_whole_oldest_first(database: Engine, save_scored: Callable[..., list[int]]) -> None:
    rows = [
        (NOW, 0.9, {"BTC", "ETH"}), (NOW + timedelta(hours=6), 0.5, {"BTC"}), (NOW - DAY, 0.1, {"BTC"}),
        (NOW - 2 * DAY, 0.3, {"ETH"}), (NOW - 3 * DAY, 0.3, {"BTC"}), (NOW, 0.2, ()),
    ]  # fmt: skip
    save_scored(database, "v", rows)
    midnight = datetime(2024, 5, 17, tzinfo=UTC)
    with reading(database) as connection:
        found = coin_days(connection, "v", NOW - 2 * DAY, NOW)
        until_midnight = coin_days(connection, "v", NOW - 2 * DAY, midnight)
        today = coin_sums(connection, "v", midnight, midnight + DAY)
        assert coin_days(connection, "another", NOW - 2 * DAY, NOW) == {}
        alone = coin_days(connection, "v", NOW - 2 * DAY, NOW, alone=True)
    assert {coin: [(day.day, sums.count) for day, sums in days] for coin, days in found.items()} == {
        "BTC": [(16, 1), (17, 2)], "ETH": [(15, 1), (17, 1)],
    }  # fmt: skip
    assert {coin: [(day.day, sums.count) for day, sums in days] for coin, days in alone.items()} == {
        "BTC": [(16, 1), (17, 1)], "ETH": [(15, 1)],
    }  # fmt: skip
    for coin, days in found.items():
        day, sums = days[-1]
        assert day == date(2024, 5, 17)
        assert (sums.positive, sums.squares) == pytest.approx((today[coin].positive, today[coin].squares))
    assert [day.day for day, _ in until_midnight["BTC"]] == [16]
