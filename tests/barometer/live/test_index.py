from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from barometer.live.index import (
    barometer,
    days_per_coin,
    history,
    interval,
    labelled_interval,
    last_hours,
    per_coin,
    per_day,
)
from barometer.live.index import reading as reading_of
from barometer.live.records import BarometerReading
from barometer.live.store.engine import reading, writing
from barometer.live.store.standing import activate_version
from barometer.live.store.sums import Sums
from barometer.prevalence import Z_95, Spread

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
H, DAY = timedelta(hours=1), timedelta(days=1)
Save = Callable[..., list[int]]


def sums_of(probabilities: list[float]) -> Sums:
    return Sums(len(probabilities), sum(probabilities), sum(p * p for p in probabilities))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_interval_holds_mean_within_bounds(probabilities: list[float]) -> None:
    low, high = interval(sums_of(probabilities))
    mean = sum(probabilities) / len(probabilities)
    assert 0 <= low <= mean + 1e-12 and mean - 1e-12 <= high <= 1
    assert high - low > 0


def test_interval_of_binary_values_is_wilsons() -> None:
    # 7 of 10; from Wilson's formula, as in statsmodels' proportion_confint(7, 10, method="wilson").
    assert interval(sums_of([1.0] * 7 + [0.0] * 3)) == pytest.approx((0.396778, 0.892209), abs=1e-6)


def test_interval_of_many_is_the_usual() -> None:
    draws = np.random.default_rng(0).beta(2, 3, 20_000)
    low, high = interval(sums_of(list(draws)))
    half = 1.96 * draws.std() / sqrt(len(draws))
    assert (low, high) == pytest.approx((draws.mean() - half, draws.mean() + half), abs=half / 10)


@pytest.mark.parametrize("n", [2, 5, 20, 200])
def test_interval_covers_95_percent(n: int) -> None:
    draws = np.random.default_rng(n).beta(0.5, 0.8, (4_000, n))  # as sure as models are: most near 0 or 1
    truth = 0.5 / 1.3
    held = [low <= truth <= high for low, high in (interval(sums_of(list(row))) for row in draws)]
    assert np.mean(held) > 0.94


@given(
    values=st.lists(st.floats(-1, 2), min_size=1, max_size=50),
    variance=st.floats(0, 4),
    bias_variance=st.floats(0, 1),
)
def test_the_labelled_interval_holds_the_value(values: list[float], variance: float, bias_variance: float) -> None:
    found = reading_of(sums_of(values), NOW, NOW, Spread(variance, bias_variance))
    assert found.value is not None and found.low is not None and found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.high - found.low > 0


def test_labelled_interval_shrinks_to_shared_error() -> None:
    spread = Spread(0.16, 0.0004)
    halves = []
    for count in (1, 100, 10**9):
        low, high = labelled_interval(0.5, count, spread)
        assert low + high == pytest.approx(1)
        halves.append(high - 0.5)
    assert halves == pytest.approx([0.5, 1.959964 * sqrt(0.0016 + 0.0004), 1.959964 * 0.02], abs=1e-6)


@pytest.mark.parametrize("n", [5, 50, 200])
def test_labelled_interval_covers_the_labelled_share(n: int) -> None:
    rng = np.random.default_rng(n)
    variance, bias_variance = 0.16, 0.0004
    labels = rng.random((4_000, n)) < 0.45
    bias = rng.normal(0, sqrt(bias_variance), (4_000, 1))
    values = labels + rng.normal(0, sqrt(variance), (4_000, n)) + bias
    held = []
    for row, truth in zip(values, labels.mean(axis=1), strict=True):
        found = reading_of(sums_of(list(row)), NOW, NOW, Spread(variance, bias_variance))
        held.append(found.low <= truth <= found.high)  # type: ignore[operator]
    assert 0.93 < np.mean(held) < 0.975


def test_known_spread_gives_its_own_interval(database: Engine, save_scored: Save) -> None:
    for version in ("known", "unknown"):
        save_scored(database, version, [(NOW - i * H, 0.5, {"BTC"}) for i in range(1, 21)])
    with writing(database) as connection:
        activate_version(connection, "unknown", NOW)
        activate_version(connection, "known", NOW, Spread(0.2, 0.001))
        half = 1.959964 * sqrt(0.2 / 20 + 0.001)
        today = last_hours(connection, "known", 24, NOW)
        same = [
            per_coin(connection, "known", NOW - DAY, NOW)[0].reading,
            barometer(connection, "known", NOW - DAY, NOW),
        ]
        hours = history(connection, "known", NOW - DAY, NOW, "hour")
        days = days_per_coin(connection, "known", NOW - DAY, NOW)["BTC"]
        older = last_hours(connection, "unknown", 24, NOW)
    assert (today.low, today.high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-6)
    assert same == [today, today]
    assert (hours[0].low, hours[0].high) == (0.0, 1.0)
    assert [day.count for _, day in days] == [12, 8]
    assert [day.high for _, day in days] == pytest.approx([0.5 + Z_95 * sqrt(0.2 / n + 0.001) for n in (12, 8)])
    assert (older.low, older.high) == pytest.approx(interval(sums_of([0.5] * 20)))


def test_empty_window_has_no_value(database: Engine) -> None:
    with reading(database) as connection:
        assert last_hours(connection, "v", 24, NOW) == BarometerReading(None, None, None, 0, NOW - DAY, NOW)
        assert history(connection, "v", NOW - DAY, NOW, "hour") == []
        assert per_day(connection, "v", date(2024, 5, 1), date(2024, 5, 17)) == []
        assert per_coin(connection, "v", NOW - DAY, NOW) == []
        assert last_hours(connection, "v", 0, NOW).count == 0


def test_last_hours_are_exact(database: Engine, save_scored: Save) -> None:
    tick = timedelta(microseconds=1)
    inside, outside = [NOW - DAY, NOW - H, NOW - tick], [NOW - DAY - tick, NOW]
    save_scored(database, "v", [(moment, 0.25, ()) for moment in inside] + [(moment, 1.0, ()) for moment in outside])
    with reading(database) as connection:
        found = last_hours(connection, "v", 24, NOW)
    assert (found.value, found.count, found.since, found.until) == (0.25, 3, NOW - DAY, NOW)
    assert found.low is not None and found.high is not None and found.low < 0.25 < found.high


def test_every_version_has_its_own_barometer(database: Engine, save_scored: Save) -> None:
    save_scored(database, "old", [(NOW - H, 0.2, ())])
    save_scored(database, "new", [(NOW - H, 0.8, ())])
    with reading(database) as connection:
        found = {version: last_hours(connection, version, 24, NOW).value for version in ("old", "new", "none")}
    assert found == {"old": pytest.approx(0.2), "new": pytest.approx(0.8), "none": None}


def test_days_are_utc_and_newest_first(database: Engine, save_scored: Save) -> None:
    late = datetime(2024, 5, 15, 23, 59, 59, 999999, tzinfo=UTC)
    moments = {late: 0.1, late + timedelta(microseconds=1): 0.3, NOW: 0.5, datetime(2024, 5, 14, tzinfo=UTC): 0.9}
    save_scored(database, "v", [(moment, p, ()) for moment, p in moments.items()])
    with reading(database) as connection:
        days = per_day(connection, "v", date(2024, 5, 15), date(2024, 5, 17))
        assert per_day(connection, "v", date(2024, 5, 14), date(2024, 5, 14))[0][1].value == pytest.approx(0.9)
        assert len(per_day(connection, "v", date.min, date.max)) == 4
    assert [(day, round(found.value or 0, 6)) for day, found in days] == [
        (date(2024, 5, 17), 0.5), (date(2024, 5, 16), 0.3), (date(2024, 5, 15), 0.1)
    ]  # fmt: skip
    assert days[0][1].since == datetime(2024, 5, 17, tzinfo=UTC)
    assert days[0][1].until == datetime(2024, 5, 18, tzinfo=UTC)


@pytest.mark.parametrize(("bucket", "width"), [("hour", H), ("day", DAY)])
def test_history_is_clipped_and_newest_first(
    database: Engine, save_scored: Save, bucket: str, width: timedelta
) -> None:
    save_scored(database, "v", [(NOW - i * H / 2, 0.5, ()) for i in range(150)])
    since = NOW - 70 * H - H / 4
    with reading(database) as connection:
        found = history(connection, "v", since, NOW, bucket)  # type: ignore[arg-type]
        assert all(part == barometer(connection, "v", part.since, part.until) for part in found)
    assert (found[-1].since, found[0].until) == (since, NOW)
    assert all(left.since == right.until for left, right in pairwise(found))
    assert all(part.until - part.since == width for part in found[1:-1])
    assert sum(part.count for part in found) == 140


def test_coins_are_listed_most_mentioned_first(database: Engine, save_scored: Save) -> None:
    rows = [(NOW - H, 0.9, {"BTC", "ETH"}), (NOW - 2 * DAY, 0.5, {"BTC"}), (NOW - 9 * DAY, 0.1, {"BTC"})]
    save_scored(database, "v", [*rows, (NOW - H, 0.7, ())])
    with reading(database) as connection:
        found = per_coin(connection, "v", NOW - 7 * DAY, NOW)
        bitcoin = barometer(connection, "v", NOW - 7 * DAY, NOW, "BTC")
        assert barometer(connection, "v", NOW - 7 * DAY, NOW, "DOGE").value is None
    assert [(item.coin, item.reading.count) for item in found] == [("BTC", 2), ("ETH", 1)]
    assert found[0].reading == bitcoin
    assert bitcoin.value == pytest.approx(0.7)


def test_reversed_windows_are_refused(database: Engine) -> None:
    with reading(database) as connection:
        with pytest.raises(ValueError, match="ends before it begins"):
            barometer(connection, "v", NOW, NOW - H)
        with pytest.raises(ValueError, match="end before they begin"):
            per_day(connection, "v", date(2024, 5, 17), date(2024, 5, 16))
