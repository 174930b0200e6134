"""Windows are what they say they are, and errors are counted against the labels of the window itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from barometer.models.base import Floats
from barometer.models.index_error import (
    SIZES,
    at_random,
    by_date,
    errors_of,
    index_error,
    mostly_negative,
    sampling_interval,
)
from barometer.prevalence import Prevalence

PRIORS = np.full(3, 1 / 3)
LABELS = np.random.default_rng(0).choice(3, 300, p=[0.3, 0.3, 0.4])
DATES = np.array([f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in range(300)])


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def leaning(labels: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Floats:
    """A model that gives the true class .6 and the others .2 each."""
    return 0.2 + 0.4 * np.eye(3)[labels]


def test_dated_runs_are_consecutive() -> None:
    dates = np.array(["2026-03-02", "", "2026-03-01", "2026-03-04", "2026-03-03"])
    np.testing.assert_array_equal(by_date(dates, 3, 10), [[2, 0, 4], [0, 4, 3]])
    assert by_date(dates, 5, 10).shape == (0, 5)


@given(st.integers(1, 60), st.integers(1, 80), st.integers(1, 30))
def test_dated_runs_are_at_most_asked(headlines: int, size: int, windows: int) -> None:
    dates = np.array([f"2026-01-{1 + i % 28:02d}" for i in range(headlines)])
    found = by_date(dates, size, windows)
    assert found.shape == (min(windows, max(headlines - size + 1, 0)), size)
    assert len(found) == len(np.unique(found[:, 0]))


def test_negative_windows_are_seven_tenths_negative() -> None:
    for size in SIZES:
        drawn = mostly_negative(LABELS, size, 20, rng())
        assert drawn.shape == (20, size)
        np.testing.assert_allclose((LABELS[drawn] == 0).mean(axis=1), 0.7)
    assert len(mostly_negative(np.ones(9, dtype=int), 50, 5, rng())) == 0


def test_certain_classes_have_wilsons_interval() -> None:
    low, high = sampling_interval(np.array([[1.0] * 3 + [0.0] * 17, [1.0] * 20]))
    for i, count in enumerate((3, 20)):
        expected = binomtest(count, 20).proportion_ci(0.95, method="wilson")
        assert (low[i], high[i]) == pytest.approx((expected.low, expected.high))


def test_errors_are_relative_to_their_window() -> None:
    labels = np.array([0, 2, 2, 2])
    windows = np.array([[0, 1], [2, 3]])
    found = errors_of(labels, leaning(labels), windows, Prevalence((-0.5, -0.5, 2.0), 0.0, 0.0), PRIORS)
    # Plain: means .4 and .6 for shares .5 and 1. Adjusted: (-.5, -.5, 2) turns .2 into 0 and .6 into 1.
    assert found["plain"]["bias"] == pytest.approx(-0.25)
    assert found["plain"]["mean_absolute_error"] == pytest.approx(0.25)
    assert found["adjusted"]["bias"] == pytest.approx(0, abs=1e-12)
    assert set(found["em"]) == {"bias", "mean_absolute_error", "low", "high"}


def test_a_wider_interval_covers_more() -> None:
    windows = at_random(300, 50, 200, rng())
    coverage = [
        errors_of(LABELS, leaning(LABELS), windows, Prevalence(variance=variance), PRIORS)["adjusted"]["coverage"]
        for variance in (0.0, 0.2, 10.0)
    ]
    assert coverage == sorted(coverage) and coverage[0] == 0 and coverage[-1] == 1


def test_parts_are_measured_three_ways() -> None:
    found = index_error(LABELS, leaning(LABELS), DATES, Prevalence((-0.5, -0.5, 2.0), 0.1), PRIORS, rng(), 50)
    assert found["headlines"] == 300 and found["positive"] == pytest.approx((LABELS == 2).mean())
    for kind in ("by_date", "at_random", "mostly_negative"):
        assert set(found[kind]) == {"50", "100", "200"}
        assert abs(found[kind]["100"]["adjusted"]["bias"]) < 1e-9
    assert found["mostly_negative"]["100"]["plain"]["bias"] > found["at_random"]["100"]["plain"]["bias"]


def test_small_parts_lack_large_windows() -> None:
    found = index_error(LABELS[:60], leaning(LABELS[:60]), DATES[:60], Prevalence(), PRIORS, rng(), 10)
    assert set(found["by_date"]) == {"50"} and set(found["at_random"]) == {"50", "100", "200"}
    undated = index_error(LABELS[:60], leaning(LABELS[:60]), np.full(60, ""), Prevalence(), PRIORS, rng(), 10)
    assert undated["by_date"] == {}


def test_mismatched_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"300 labels, probabilities \(10, 3\) and dates \(300,\)"):
        index_error(LABELS, leaning(LABELS[:10]), DATES, Prevalence(), PRIORS, rng())


def test_one_generator_gives_the_same_figures() -> None:
    one, two = (index_error(LABELS, leaning(LABELS), DATES, Prevalence(), PRIORS, rng(), 20) for _ in range(2))
    assert one == two
