import numpy as np
import pytest
from scipy.stats import ttest_rel

from pipelines.studies.active_learning.curves import (
    band,
    bootstrap,
    compare,
    deficiency,
    labels_needed,
    normalised_area,
    paired_p_value,
)

LABELS = np.array([50, 100, 300])


def test_area_of_a_curve_computed_by_hand() -> None:
    # trapezoids: 50 * 0.5 and 200 * 0.7, over 250 labels
    assert normalised_area(LABELS, np.array([0.4, 0.6, 0.8])) == pytest.approx((25 + 140) / 250)


def test_area_of_a_level_curve_is_its_level() -> None:
    np.testing.assert_allclose(normalised_area(LABELS, np.full((2, 3), 0.7)), [0.7, 0.7])


def test_deficiency_computed_by_hand() -> None:
    baseline, better = np.array([0.5, 0.6, 0.7]), np.array([0.5, 0.7, 0.75])
    assert deficiency(0.8, better, baseline) == pytest.approx((0.3 + 0.1 + 0.05) / (0.3 + 0.2 + 0.1))
    assert deficiency(0.8, baseline, baseline) == 1
    assert np.isnan(deficiency(0.5, better, baseline))


def test_labels_needed_lie_between_the_checkpoints() -> None:
    scores = np.array([0.5, 0.6, 0.8])
    assert labels_needed(LABELS, scores, 0.7) == pytest.approx(200)
    assert labels_needed(LABELS, scores, 0.6) == pytest.approx(100)
    assert labels_needed(LABELS, scores, 0.4) == 50
    assert labels_needed(LABELS, scores, 0.9) == float("inf")


def test_labels_needed_are_those_of_the_first_crossing() -> None:
    assert labels_needed(LABELS, np.array([0.5, 0.7, 0.6]), 0.6) == pytest.approx(75)


def test_band_is_the_interval_of_student() -> None:
    mean, low, high = band(np.array([[1.0], [2.0], [3.0]]), 0.95)
    half = 4.302653 / np.sqrt(3)  # the 97.5 % quantile of t with two degrees of freedom; the deviation is 1
    np.testing.assert_allclose([mean[0], low[0], high[0]], [2, 2 - half, 2 + half], rtol=1e-6)


def test_paired_test_equals_that_of_scipy() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 10))
    assert paired_p_value(a - b) == pytest.approx(ttest_rel(a, b).pvalue)


def test_paired_test_without_variance() -> None:
    assert paired_p_value(np.zeros(5)) == 1
    assert paired_p_value(np.full(4, 0.5)) == 0


def test_comparisons_are_corrected_as_one_family() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=12)
    better, same = base + 1 + 0.1 * rng.normal(size=12), base + 0.1 * rng.normal(size=12)
    first, second = compare([(better, base), (same, base)], 0.95)
    assert first.adjusted == pytest.approx(2 * first.p_value)
    assert first.adjusted < 0.001
    assert second.adjusted > 0.05
    assert first.difference.low < 1 < first.difference.high


def test_there_may_be_nothing_to_compare() -> None:
    assert compare([], 0.95) == []


def test_bootstrap_resamples_replicates_of_all_curves_together() -> None:
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(20, 1))
    found = bootstrap(lambda a, b: float(a[0] - b[0]), [shared + 1, shared], rng, 200, 0.95)
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


def test_bootstrap_of_a_mean_covers_it() -> None:
    values = np.random.default_rng(0).normal(3, 1, size=(100, 1))
    found = bootstrap(lambda mean: float(mean[0]), [values], np.random.default_rng(1), 1000, 0.95)
    assert found.high - found.low == pytest.approx(2 * 1.96 / 10, rel=0.2)
    assert found.low < 3 < found.high


def test_bootstrap_bears_numbers_that_are_never_reached() -> None:
    def never(_: object) -> float:
        return float("inf")

    found = bootstrap(never, [np.zeros((5, 2))], np.random.default_rng(0), 100, 0.95)
    assert (found.value, found.low, found.high) == (np.inf, np.inf, np.inf)
