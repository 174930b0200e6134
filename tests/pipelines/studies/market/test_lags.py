"""Lag correlations: known answers, agreement with scipy, and a test that autocorrelation does not fool."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from pipelines.studies.market.lags import (
    Coefficient,
    LagCorrelation,
    correlate_lags,
    shifted_maxima,
    weighted_correlation,
)

LAGS = np.arange(-3, 4)


def shifted(y: "np.ndarray") -> "np.ndarray":
    """Column j holds y(t + LAGS[j]), NaN beyond the ends."""
    padded = np.pad(y, 3, constant_values=np.nan)
    return np.column_stack([padded[3 + lag : 3 + lag + len(y)] for lag in LAGS])


def autoregression(n: int, memory: float, rng: np.random.Generator) -> "np.ndarray":
    noise, series = rng.standard_normal(n), np.zeros(n)
    for t in range(1, n):
        series[t] = memory * series[t - 1] + noise[t]
    return series


def correlate(x: "np.ndarray", y: "np.ndarray", coefficient: Coefficient = "pearson") -> LagCorrelation:
    rng = np.random.default_rng(9)
    return correlate_lags(x, shifted(y), LAGS, rng, coefficient=coefficient, mean_block=5, samples=200, confidence=0.95)


@pytest.mark.parametrize("coefficient", ["pearson", "spearman"])
def test_a_market_that_follows_two_days_later_is_found_at_lag_two(coefficient: Coefficient) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(400)
    found = correlate(x, np.r_[0, 0, x[:-2]] + rng.standard_normal(400), coefficient)
    assert found.found == [2]
    assert found.lags[found.strongest] == 2
    assert found.value[found.at(2)] == pytest.approx(0.7, abs=0.08)
    assert found.low[found.at(2)] < found.value[found.at(2)] < found.high[found.at(2)]
    assert found.p_value[found.at(2)] == pytest.approx(1 / (1 + found.shifts))
    assert found.p_value[found.at(-2)] > 0.1


@pytest.mark.parametrize(("coefficient", "reference"), [("pearson", pearsonr), ("spearman", spearmanr)])
def test_values_are_those_of_scipy_on_the_known_pairs(coefficient: Coefficient, reference: object) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(80), np.round(rng.standard_normal(80), 1)
    x[rng.random(80) < 0.3] = np.nan
    y[rng.random(80) < 0.1] = np.nan
    found = correlate(x, y, coefficient)
    for column, value, pairs in zip(shifted(y).T, found.value, found.pairs, strict=True):
        known = ~np.isnan(x) & ~np.isnan(column)
        assert value == pytest.approx(reference(x[known], column[known])[0])  # type: ignore[operator]
        assert pairs == known.sum()


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5), st.integers(0, 3)), min_size=4, max_size=30))
def test_whole_weights_repeat_rows(rows: list[tuple[int, int, int]]) -> None:
    x, y, weights = np.array(rows, dtype=float).T
    a, b = np.repeat(x, weights.astype(int)), np.repeat(y, weights.astype(int))
    for coefficient, reference in (("pearson", pearsonr), ("spearman", spearmanr)):
        if len(a) < 2 or len(set(a)) == 1 or len(set(b)) == 1:
            continue
        found = weighted_correlation(weights[None, :], x, y, coefficient)  # type: ignore[arg-type]
        assert found[0] == pytest.approx(reference(a, b)[0], abs=1e-9)


def test_a_series_that_does_not_vary_has_no_correlation() -> None:
    assert np.isnan(weighted_correlation(np.ones((1, 3)), np.ones(3), np.arange(3.0)))[0]


@pytest.mark.parametrize("coefficient", ["pearson", "spearman"])
def test_circular_shifts_are_those_of_rolling(coefficient: Coefficient) -> None:
    rng = np.random.default_rng(2)
    x, market = rng.standard_normal(40), shifted(rng.standard_normal(40))
    if coefficient == "pearson":
        x[[3, 9, 10]] = np.nan
    maxima = shifted_maxima(x, market, 3, coefficient)
    assert len(maxima) == 40 - 2 * 7 + 1
    if coefficient == "pearson":
        for shift, found in zip(range(7, 34), maxima, strict=True):
            rolled = np.roll(x, shift)
            known = [~np.isnan(rolled) & ~np.isnan(column) for column in market.T]
            wanted = [abs(pearsonr(rolled[k], c[k])[0]) for k, c in zip(known, market.T, strict=True)]
            assert found == pytest.approx(max(wanted))


def test_two_unrelated_autocorrelated_series_are_seldom_called_related() -> None:
    rng = np.random.default_rng(3)
    p_values, naive = [], []
    for _ in range(150):
        x, y = autoregression(200, 0.8, rng), autoregression(200, 0.8, rng)
        maxima = shifted_maxima(x, y[:, None], 3)
        r = abs(pearsonr(x, y)[0])
        p_values.append((1 + (maxima >= r).sum()) / (1 + len(maxima)))
        naive.append(pearsonr(x, y)[1])
    assert np.mean(np.array(naive) < 0.05) > 0.2  # what the test is for
    assert np.mean(np.array(p_values) < 0.05) < 0.11


def test_few_periods_leave_no_shift() -> None:
    with pytest.raises(ValueError, match="13 periods leave no circular shift beyond lags of 3; at least 14 are needed"):
        shifted_maxima(np.arange(13.0), np.ones((13, 7)), 3)
