from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import erfc, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind
from sqlalchemy import Engine

from barometer.live.index import barometer, history, per_outlet
from barometer.live.outlets import holm, leans, with_equal_outlets
from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.engine import writing
from barometer.live.store.outlet_sums import OutletBuckets
from barometer.live.store.parts import about, from_outlet
from barometer.live.store.predictions import save_predictions
from barometer.live.store.standing import activate_version
from barometer.live.store.sums import Sums
from barometer.live.store.titles import save_titles
from barometer.prevalence import Spread
from barometer.stats import holm as holm_of_statsmodels

NOW = datetime(2024, 5, 17, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def sums_of(values: list[float]) -> Sums:
    return Sums(len(values), sum(values), sum(value * value for value in values))


@settings(deadline=None)  # statsmodels takes a second to import
@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_is_that_of_statsmodels(no_garbage_search: None, p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(holm_of_statsmodels(p_values))


def test_lean_is_a_difference_of_means() -> None:
    rng = np.random.default_rng(3)
    values = {"a": rng.beta(2, 2, 60).tolist(), "b": rng.beta(3, 2, 25).tolist(), "c": [0.4]}
    found = leans({name: sums_of(each) for name, each in values.items()})
    p_values = []
    for name, own in values.items():
        others = [value for other, each in values.items() if other != name for value in each]
        expected = ttest_ind(own, others)
        lean = found[name]
        error = (lean.high - lean.low) / 2 / 1.959964
        assert lean.difference == pytest.approx(np.mean(own) - np.mean(others))
        assert (lean.low + lean.high) / 2 == pytest.approx(lean.difference)
        assert lean.difference / error == pytest.approx(expected.statistic)
        p_values.append(erfc(abs(expected.statistic) / sqrt(2)))
    assert [lean.p_value for lean in found.values()] == pytest.approx(holm_of_statsmodels(p_values))


def test_leans_are_seldom_found_by_chance() -> None:
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(400):
        values = rng.beta(0.5, 0.8, 600)
        outlets = np.minimum(rng.geometric(0.1, 600), 20)  # some large, some of one headline
        each = leans({str(n): sums_of(values[outlets == n].tolist()) for n in np.unique(outlets)})
        found += any(lean.p_value < 0.05 for lean in each.values())
    assert found / 400 < 0.08  # 5% and the error of 400 draws


@pytest.mark.parametrize(
    "outlets", [{}, {"a": sums_of([0.5] * 40)}, {"a": sums_of([0.5] * 14), "b": sums_of([0.5] * 15)}]
)
def test_too_little_news_has_no_lean(outlets: dict[str, Sums]) -> None:
    assert leans(outlets) == {}


def test_equal_values_have_no_lean() -> None:
    found = leans({"a": sums_of([0.5] * 40), "b": sums_of([0.5])})
    assert [(lean.difference, lean.p_value) for lean in found.values()] == [(0.0, 1.0)] * 2


def test_equal_outlets_of_two_days() -> None:
    two = OutletBuckets.of_window([sums_of(values) for values in ([0.2] * 8, [0.8, 0.6], [0.5])])
    sums, headlines = with_equal_outlets(replace(two, hours=np.array([0, 0, 24])))
    assert sums.hours.tolist() == [0, 24] and headlines.tolist() == [10, 1]
    assert (sums.positive / sums.counts).tolist() == pytest.approx([0.45, 0.5])
    assert sums.counts.tolist() == pytest.approx([4 / (1 / 8 + 1 / 2), 1])


def test_equally_large_outlets_change_nothing() -> None:
    sums, _ = with_equal_outlets(OutletBuckets.of_window([sums_of([0.2, 0.9, 0.4]), sums_of([0.8, 0.6, 0.1])]))
    whole = sums_of([0.2, 0.9, 0.4, 0.8, 0.6, 0.1])
    assert (sums.counts[0], sums.positive[0], sums.squares[0]) == pytest.approx((6, whole.positive, whole.squares))


@pytest.fixture
def stored(database: Engine, make_title: Callable[..., NewsTitle]) -> Engine:
    """Two outlets: 30 headlines of 0.3 and a 0.5 an hour ago, and two of 0.9, one of them the day before."""
    rows = [("Big", 1, 0.3)] * 30 + [("Big", 1, 0.5), ("Small", 2, 0.9), ("Small", 26, 0.9)]
    titles = [
        replace(make_title(f"Headline {n}", NOW - timedelta(hours=hours), ("BTC",)), source=source)
        for n, (source, hours, _) in enumerate(rows)
    ]
    scores = [Prediction(title.title_id, (1 - p, 0.0, p)) for title, (*_, p) in zip(titles, rows, strict=True)]
    with writing(database) as connection:
        save_titles(connection, titles)
        save_predictions(connection, "v", scores, NOW)
        activate_version(connection, "v", NOW, Spread(0.2, 1e-4))
    return database


def test_window_of_equal_outlets(stored: Engine) -> None:
    with writing(stored) as connection:
        found = barometer(connection, "v", NOW - DAY, NOW, weights="equal_outlets")
        empty = barometer(connection, "v", NOW, NOW + DAY, weights="equal_outlets")
        days = history(connection, "v", NOW - 2 * DAY, NOW, "day", weights="equal_outlets")
        with pytest.raises(ValueError, match="equal in all headlines only"):
            barometer(connection, "v", NOW - DAY, NOW, about("BTC"), "equal_outlets")
    mean = ((30 * 0.3 + 0.5) / 31 + 0.9) / 2
    half = 1.959964 * sqrt(0.2 * (1 / 31 + 1) / 4 + 1e-4)
    assert (found.value, found.count) == (pytest.approx(mean, abs=1e-6), 32)
    assert (found.low, found.high) == pytest.approx((mean - half, min(mean + half, 1)), abs=1e-6)
    assert (empty.value, empty.count) == (None, 0)
    assert [(day.value, day.count) for day in days] == [(pytest.approx(mean, abs=1e-6), 32), (pytest.approx(0.9), 1)]
    assert days[0].since == datetime(2024, 5, 17, tzinfo=UTC) and days[0].until == NOW


def test_outlets_have_share_and_lean(stored: Engine) -> None:
    with writing(stored) as connection:
        big, small = per_outlet(connection, "v", NOW - 2 * DAY, NOW)
        alone = barometer(connection, "v", NOW - 2 * DAY, NOW, from_outlet("Small"))
    assert (big.outlet, big.reading.count, big.share) == ("Big", 31, pytest.approx(31 / 33))
    assert small.reading == alone and alone.value == pytest.approx(0.9)
    assert small.lean is not None and small.lean.difference == pytest.approx(0.9 - 9.5 / 31, abs=1e-5)
    assert big.lean is not None and big.lean.difference == pytest.approx(-small.lean.difference)
    assert small.lean.p_value < 0.001
