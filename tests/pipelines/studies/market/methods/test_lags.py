"""Lag correlations: known answers, agreement with scipy, and a test that autocorrelation does not fool."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from pipelines.studies.market.methods.lags import (
    Coefficient,
    LagPoint,
    correlate_lags,
    resample_counts,
    shifted_maxima,
    stationary_bootstrap,
    weighted_correlation,
)

LAGS = range(-3, 4)


def shifted(y: "np.ndarray") -> "np.ndarray":
    """Column j holds y(t + LAGS[j]), NaN beyond the ends."""
    padded = np.pad(y, 3, constant_values=np.nan)
    return np.column_stack([padded[3 + lag : 3 + lag + len(y)] for lag in LAGS])


def autoregression(n: int, memory: float, rng: np.random.Generator) -> "np.ndarray":
    noise, series = rng.standard_normal(n), np.zeros(n)
    for t in range(1, n):
        series[t] = memory * series[t - 1] + noise[t]
    return series


def correlate(
    x: "np.ndarray", y: "np.ndarray", coefficient: Coefficient = "pearson"
) -> tuple[dict[int, LagPoint], float]:
    points, band = correlate_lags(
        x, shifted(y), LAGS, np.random.default_rng(9),
        coefficient=coefficient, mean_block=5, samples=200, confidence=0.95,
    )  # fmt: skip
    return {point.lag: point for point in points}, band


@pytest.mark.parametrize("coefficient", ["pearson", "spearman"])
def test_a_following_market_is_found(coefficient: Coefficient) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(400)
    points, band = correlate(x, np.r_[0, 0, x[:-2]] + rng.standard_normal(400), coefficient)
    assert list(points) == list(LAGS)
    assert [lag for lag, point in points.items() if abs(point.r.value) > band] == [2]
    found = points[2]
    assert found.r.value == pytest.approx(0.7, abs=0.08)
    assert found.r.low < found.r.value < found.r.high
    assert found.p_value == pytest.approx(1 / (1 + 400 - 2 * 7 + 1))  # no circular shift does as well
    assert points[-2].p_value > 0.1


@pytest.mark.parametrize(("coefficient", "reference"), [("pearson", pearsonr), ("spearman", spearmanr)])
def test_correlations_agree_with_scipy(coefficient: Coefficient, reference: object) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(80), np.round(rng.standard_normal(80), 1)
    x[rng.random(80) < 0.3] = np.nan
    y[rng.random(80) < 0.1] = np.nan
    points, _ = correlate(x, y, coefficient)
    for column, point in zip(shifted(y).T, points.values(), strict=True):
        known = ~np.isnan(x) & ~np.isnan(column)
        assert point.r.value == pytest.approx(reference(x[known], column[known])[0])  # type: ignore[operator]
        assert point.pairs == known.sum()


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5), st.integers(0, 3)), min_size=4, max_size=30))
def test_whole_weights_repeat_rows(rows: list[tuple[int, int, int]]) -> None:
    x, y, weights = np.array(rows, dtype=float).T
    a, b = np.repeat(x, weights.astype(int)), np.repeat(y, weights.astype(int))
    for coefficient, reference in (("pearson", pearsonr), ("spearman", spearmanr)):
        if len(a) < 2 or len(set(a)) == 1 or len(set(b)) == 1:
            continue
        found = weighted_correlation(weights[None, :], x, y, coefficient)  # type: ignore[arg-type]
        assert found[0] == pytest.approx(reference(a, b)[0], abs=1e-9)


def test_constant_series_have_no_correlation() -> None:
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


def test_unrelated_series_are_seldom_significant() -> None:
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


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_draws_are_positions(n: int, mean_block: int, seed: int) -> None:
    draws = stationary_bootstrap(n, min(mean_block, n), 5, np.random.default_rng(seed))
    assert draws.shape == (5, n)
    assert ((draws >= 0) & (draws < n)).all()
    counts = resample_counts(draws)
    np.testing.assert_array_equal(counts.sum(axis=1), n)
    np.testing.assert_array_equal(counts[2], np.bincount(draws[2], minlength=n))


def test_blocks_have_the_mean_length() -> None:
    draws = stationary_bootstrap(1000, 8, 50, np.random.default_rng(0))
    runs_on = (np.diff(draws, axis=1) % 1000) == 1
    assert 1 / (1 - runs_on.mean()) == pytest.approx(8, rel=0.05)


def test_every_position_is_as_likely() -> None:
    counts = resample_counts(stationary_bootstrap(20, 5, 20_000, np.random.default_rng(1)))
    assert counts.mean(axis=0) == pytest.approx(np.ones(20), abs=0.06)


def test_blocks_of_one_are_ordinary_bootstrap() -> None:
    draws = stationary_bootstrap(50, 1, 2000, np.random.default_rng(2))
    assert (np.diff(draws, axis=1) % 50 == 1).mean() == pytest.approx(1 / 50, abs=0.003)


def test_blocks_keep_the_variance() -> None:
    rng = np.random.default_rng(3)
    noise, series = rng.standard_normal(4000), np.zeros(4000)
    for t in range(1, 4000):
        series[t] = 0.8 * series[t - 1] + noise[t]
    true = 1 / (1 - 0.8) / np.sqrt(4000)  # standard error of the mean of an AR(1)
    spread = {b: series[stationary_bootstrap(4000, b, 400, rng)].mean(axis=1).std() for b in (1, 50)}
    assert spread[50] == pytest.approx(true, rel=0.2)
    assert spread[1] < 0.5 * true


def test_the_same_seed_draws_the_same() -> None:
    first, second = (stationary_bootstrap(30, 4, 3, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("n", "mean_block"), [(5, 6), (5, 0), (0, 1)])
def test_impossible_blocks_are_refused(n: int, mean_block: int) -> None:
    with pytest.raises(ValueError, match=f"blocks of mean length {mean_block} cannot be drawn from {n} positions"):
        stationary_bootstrap(n, mean_block, 1, np.random.default_rng(0))
