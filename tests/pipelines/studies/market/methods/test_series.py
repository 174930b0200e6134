"""The study's series and parameters: periods, thin days, calendar lags, and a market that follows the news."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from barometer.settings import SettingsError, validate
from pipelines.studies.market.methods.periods import MarketSettings, Period, in_periods
from pipelines.studies.market.methods.series import (
    MEASURES,
    PAIRINGS,
    correlate,
    lagged,
    market_series,
    news_series,
    predict_each_other,
)

VALUES: dict[str, Any] = {
    "corpora": ["demo"],
    "periods": [],
    "trained": "leave_out",
    "every": "day",
    "min_headlines": 1,
    "max_lag": 3,
    "mean_block": 5,
    "resamples": 100,
    "confidence": 0.95,
    "predict_lags": 2,
}


def settings(**changes: object) -> MarketSettings:
    return validate(MarketSettings, VALUES | changes, "experiment.market")


def days(*names: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex([f"2024-01-{name}" for name in names])


def following_market(n: int = 500) -> tuple[pd.DataFrame, pd.DataFrame]:
    """News of n days, and a market whose return follows one day later; the index knows the return the day after."""
    rng = np.random.default_rng(0)
    calendar = pd.date_range("2023-01-01", periods=n, name="date")
    mood = rng.normal(0.5, 0.1, n)
    returns = np.r_[0, mood[:-1] - 0.5] + rng.normal(0, 0.1, n)
    news = pd.DataFrame({"headlines": 5, "positive": mood, "balance": 2 * mood - 1}, index=calendar)
    level = 50 + np.cumsum(np.r_[0, returns[:-1]])
    return news, market_series(
        pd.DataFrame({"price": np.exp(np.cumsum(returns)), "fear_greed": level}, calendar), "day"
    )


def test_thin_days_are_missing() -> None:
    scores = np.array([[0.2, 0.2, 0.6], [0.6, 0.2, 0.2], [0.0, 0.0, 1.0], [0.1, 0.8, 0.1], [0.3, 0.4, 0.3]])
    table = news_series(days("05", "05", "06", "08", "08"), scores, "day", 2)
    assert table.index.equals(pd.date_range("2024-01-05", "2024-01-08"))
    assert table["headlines"].tolist() == [2, 1, 0, 2]
    np.testing.assert_allclose(table["positive"], [0.4, np.nan, np.nan, 0.2])
    np.testing.assert_allclose(table["balance"], [0.0, np.nan, np.nan, 0.0], atol=1e-12)


def test_a_week_begins_on_monday() -> None:
    scores = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    table = news_series(days("01", "07", "15"), scores, "week", 1)  # Monday, Sunday, the Monday after next
    assert table.index.strftime("%d").tolist() == ["01", "08", "15"]
    assert table["headlines"].tolist() == [2, 0, 1]
    np.testing.assert_allclose(table["positive"], [0.5, np.nan, 0.0])


def test_returns_are_logs() -> None:
    raw = pd.DataFrame({"price": [100.0, 110.0, np.nan, 121.0], "fear_greed": [20.0, 30.0, 25.0, np.nan]})
    raw.index = pd.date_range("2024-01-01", periods=4)
    table = market_series(raw, "day")
    np.testing.assert_allclose(table["return"], [np.nan, np.log(1.1), np.nan, np.nan])
    np.testing.assert_allclose(table["fear_greed_change"], [np.nan, 10, -5, np.nan])


def test_weekly_returns_use_closes() -> None:
    raw = pd.DataFrame({"price": np.arange(1.0, 22.0), "fear_greed": 50.0}, pd.date_range("2024-01-01", periods=21))
    table = market_series(raw, "week")
    assert table["price"].tolist() == [7, 14, 21]
    np.testing.assert_allclose(table["return"], [np.nan, np.log(2), np.log(1.5)])


def test_positive_lags_follow_the_news() -> None:
    series = pd.Series([1.0, 2.0, 4.0], days("01", "02", "04"))
    found = lagged(series, days("01", "03"), [-1, 0, 1, 3], "day")
    np.testing.assert_array_equal(found, [[np.nan, 1, 2, 4], [2, np.nan, 4, np.nan]])
    weekly = lagged(pd.Series([1.0, 2.0], days("01", "08")), days("01"), [0, 1], "week")
    np.testing.assert_array_equal(weekly, [[1, 2]])


def test_periods_hold_both_their_ends() -> None:
    periods = [
        Period(since=date(2024, 1, 2), until=date(2024, 1, 3)),
        Period(since=date(2024, 1, 5), until=date(2024, 1, 5)),
    ]
    assert in_periods(days("01", "02", "03", "04", "05"), periods).tolist() == [False, True, True, False, True]
    assert in_periods(days("01", "02"), []).all()


def test_a_following_market_is_found() -> None:
    found = correlate(*following_market(), settings(), np.random.default_rng(1))
    assert len(found) == len(PAIRINGS) * len(MEASURES) * 2
    asked = {c.pairing: c for c in found if (c.measure, c.coefficient) == ("positive", "pearson")}
    assert [point.lag for point in asked["level_return"].outside] == [1]
    assert [point.lag for point in asked["level_fear_greed_change"].outside] == [2]
    assert asked["level_return"].strongest.lag == 1 and asked["level_return"].same_time.lag == 0
    assert asked["level_return"].p_value <= asked["level_return"].p_holm < 0.05  # type: ignore[operator]
    assert {c.p_holm is None for c in found if c.measure == "balance" or c.coefficient == "spearman"} == {True}


def test_days_outside_periods_are_ignored() -> None:
    news, market = following_market()
    spoilt = news.copy()
    spoilt.loc["2023-07-01":"2023-08-31", ["positive", "balance"]] = 99.0
    periods = [{"since": "2023-01-01", "until": "2023-06-30"}, {"since": "2023-09-01", "until": "2024-04-30"}]
    params = settings(periods=periods)
    first, second = (correlate(table, market, params, np.random.default_rng(1)) for table in (news, spoilt))
    for a, b in zip(first, second, strict=True):
        if PAIRINGS[a.pairing].news == "level":
            assert [point.r.value for point in a.points] == [point.r.value for point in b.points]
    assert predict_each_other(news, market, params) == predict_each_other(spoilt, market, params)


def test_the_same_seed_gives_same_intervals() -> None:
    first, second = (correlate(*following_market(200), settings(), np.random.default_rng(1)) for _ in range(2))
    assert first == second


def test_earlier_news_predicts_later_returns() -> None:
    effects = predict_each_other(*following_market(), settings())
    assert [effect.lag for effect in effects["news_first"]] == [1, 2]
    assert effects["news_first"][0].effect.value == pytest.approx(10, abs=1.5)  # percent for one standard deviation
    assert effects["news_first"][0].p_corrected < 0.001
    assert min(e.p_corrected for e in [effects["news_first"][1], *effects["market_first"]]) > 0.05


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"every": "hour"}, r"every = 'hour': Input should be 'day' or 'week'"),
        ({"trained": "maybe"}, r"trained = 'maybe': Input should be 'leave_out' or 'keep'"),
        ({"corpora": []}, r"corpora = \[\]: List should have at least 1 item"),
        ({"max_lag": 0}, r"max_lag = 0: .* greater than or equal to 1"),
        (
            {"periods": [{"since": "2024-02-01", "until": "2024-01-01"}]},
            "since 2024-02-01 is later than until 2024-01-01",
        ),
        (
            {
                "periods": [
                    {"since": "2024-01-01", "until": "2024-02-01"},
                    {"since": "2024-02-01", "until": "2024-03-01"},
                ]
            },
            "the period from 2024-02-01 begins before that until 2024-02-01 has ended",
        ),
        ({"lag": 3}, r"lag = 3: Extra inputs"),
    ],
)
def test_wrong_parameters_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"experiment.market.*{message}"):
        settings(**change)
