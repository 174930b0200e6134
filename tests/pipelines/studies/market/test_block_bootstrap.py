"""The stationary bootstrap: what it draws, and that its intervals hold for autocorrelated series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.studies.market.block_bootstrap import resample_counts, stationary_bootstrap


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_draws_are_positions_and_counts_add_up(n: int, mean_block: int, seed: int) -> None:
    draws = stationary_bootstrap(n, min(mean_block, n), 5, np.random.default_rng(seed))
    assert draws.shape == (5, n)
    assert ((draws >= 0) & (draws < n)).all()
    counts = resample_counts(draws)
    np.testing.assert_array_equal(counts.sum(axis=1), n)
    np.testing.assert_array_equal(counts[2], np.bincount(draws[2], minlength=n))


def test_positions_run_on_within_blocks_of_the_mean_length() -> None:
    draws = stationary_bootstrap(1000, 8, 50, np.random.default_rng(0))
    runs_on = (np.diff(draws, axis=1) % 1000) == 1
    assert 1 / (1 - runs_on.mean()) == pytest.approx(8, rel=0.05)


def test_every_position_is_as_likely() -> None:
    counts = resample_counts(stationary_bootstrap(20, 5, 20_000, np.random.default_rng(1)))
    assert counts.mean(axis=0) == pytest.approx(np.ones(20), abs=0.06)


def test_blocks_of_one_are_the_ordinary_bootstrap() -> None:
    draws = stationary_bootstrap(50, 1, 2000, np.random.default_rng(2))
    assert (np.diff(draws, axis=1) % 50 == 1).mean() == pytest.approx(1 / 50, abs=0.003)


def test_blocks_keep_the_variance_of_a_mean_that_single_draws_lose() -> None:
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
