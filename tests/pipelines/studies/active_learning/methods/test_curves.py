import numpy as np
import pytest
from scipy.stats import ttest_rel

from pipelines.studies.active_learning.methods.curves import (
    against_chosen,
    band,
    bootstrap,
    compare,
    deficiency,
    labels_needed,
    normalised_area,
    paired_p_value,
    summarise,
)
from pipelines.studies.active_learning.methods.simulation import Runs

LABELS = np.array([50, 100, 300])
CHECKPOINTS = np.array([10, 20, 30])


def curve_of(accuracy: list[list[float]]) -> Runs:
    scores = np.array(accuracy)
    return Runs(LABELS, scores, scores, np.ones((len(scores), 3), dtype=int), scores[:, 1:])


def test_area_by_hand() -> None:
    # trapezoids: 50 * 0.5 and 200 * 0.7, over 250 labels
    assert normalised_area(curve_of([[0.4, 0.6, 0.8]])) == pytest.approx((25 + 140) / 250)


def test_area_of_level_curve() -> None:
    np.testing.assert_allclose(normalised_area(curve_of([[0.7] * 3] * 2)), [0.7, 0.7])


def test_deficiency_by_hand() -> None:
    baseline, better = np.array([0.5, 0.6, 0.7]), np.array([0.5, 0.7, 0.75])
    assert deficiency(0.8, better, baseline) == pytest.approx((0.3 + 0.1 + 0.05) / (0.3 + 0.2 + 0.1))
    assert deficiency(0.8, baseline, baseline) == 1
    assert np.isnan(deficiency(0.5, better, baseline))


def test_labels_needed_lie_between_checkpoints() -> None:
    scores = np.array([0.5, 0.6, 0.8])
    assert labels_needed(LABELS, scores, 0.7) == pytest.approx(200)
    assert labels_needed(LABELS, scores, 0.6) == pytest.approx(100)
    assert labels_needed(LABELS, scores, 0.4) == 50
    assert labels_needed(LABELS, scores, 0.9) == float("inf")


def test_labels_needed_at_first_crossing() -> None:
    assert labels_needed(LABELS, np.array([0.5, 0.7, 0.6]), 0.6) == pytest.approx(75)


def test_band_is_students_interval() -> None:
    mean, low, high = band(np.array([[1.0], [2.0], [3.0]]), 0.95)
    half = 4.302653 / np.sqrt(3)  # the 97.5% quantile of t with two degrees of freedom; the deviation is 1
    np.testing.assert_allclose([mean[0], low[0], high[0]], [2, 2 - half, 2 + half], rtol=1e-6)


def test_paired_test_equals_scipy() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 10))
    assert paired_p_value(a - b) == pytest.approx(ttest_rel(a, b).pvalue)


def test_paired_test_without_variance() -> None:
    assert paired_p_value(np.zeros(5)) == 1
    assert paired_p_value(np.full(4, 0.5)) == 0


def test_comparisons_are_one_family() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=12)
    better, same = base + 1 + 0.1 * rng.normal(size=12), base + 0.1 * rng.normal(size=12)
    first, second = compare({"better": (better, base), "same": (same, base)}, 0.95).values()
    alone = compare({"better": (better, base)}, 0.95)["better"]
    assert first.p_value == pytest.approx(2 * alone.p_value)
    assert first.p_value < 0.001
    assert second.p_value > 0.05
    assert (first.verdict, second.verdict) == ("better", "open")
    assert first.difference.low < 1 < first.difference.high


def test_nothing_to_compare() -> None:
    assert compare({}, 0.95) == {}


def test_bootstrap_resamples_curves_together() -> None:
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(20, 1))
    found = bootstrap(lambda a, b: float(a[0] - b[0]), [shared + 1, shared], rng, 200, 0.95)
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


def test_bootstrap_of_a_mean_covers_it() -> None:
    values = np.random.default_rng(0).normal(3, 1, size=(100, 1))
    found = bootstrap(lambda mean: float(mean[0]), [values], np.random.default_rng(1), 1000, 0.95)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 / 10, rel=0.2)
    assert found.low < 3 < found.high


def test_bootstrap_of_unreached_numbers() -> None:
    def never(_: object) -> float:
        return float("inf")

    found = bootstrap(never, [np.zeros((5, 2))], np.random.default_rng(0), 100, 0.95)
    assert (found.value, found.low, found.high) == (None, None, None)


def runs_of(rise: float, seed: int = 0) -> Runs:
    """Ten curves from 0.5 that rise by `rise` a checkpoint, with a little noise that is not shared."""
    noise = 0.005 * np.random.default_rng(seed).normal(size=(10, 3))
    accuracy = 0.5 + rise * np.arange(3) + noise
    queried = np.tile([10, 6, 4], (10, 1))
    return Runs(CHECKPOINTS, accuracy, accuracy - 0.1, queried, np.full((10, 2), 0.003))


@pytest.fixture
def runs() -> dict[tuple[int, str], Runs]:
    return {
        (10, "random"): runs_of(0.05),
        (10, "margin"): runs_of(0.1, 1),
        (10, "entropy"): runs_of(0.02, 2),
        (10, "bald"): runs_of(0.05, 3),
    }


def test_figures_of_every_strategy(runs: dict[tuple[int, str], Runs]) -> None:
    rng = np.random.default_rng(0)
    rows = summarise(runs, 0.8, 0.65, rng, samples=200, confidence=0.95)
    random, margin, entropy, bald = rows
    assert [row.strategy for row in rows] == ["random", "margin", "entropy", "bald"]
    assert random.area.value == pytest.approx(0.55, abs=0.01)
    assert random.against_random is None
    assert random.deficiency.value == 1
    assert random.matched.value == pytest.approx(30)
    assert margin.against_random is not None
    assert entropy.against_random is not None
    assert bald.against_random is not None
    assert margin.against_random.difference.value == pytest.approx(0.05, abs=0.01)
    assert margin.against_random.p_value < 0.001
    assert entropy.against_random.difference.value < 0
    assert entropy.against_random.p_value < 0.001
    assert bald.against_random.p_value > 0.05
    assert margin.deficiency.value == pytest.approx((0.3 + 0.2 + 0.1) / (0.3 + 0.25 + 0.2), abs=0.03)
    assert margin.needed.value == pytest.approx(25, abs=1)
    assert margin.matched.value == pytest.approx(20, abs=1)
    assert entropy.needed.value is None
    assert margin.balance == pytest.approx([0.5, 0.3, 0.2])
    assert margin.milliseconds == pytest.approx(3)


def test_batch_sizes_are_one_family(runs: dict[tuple[int, str], Runs]) -> None:
    rng = np.random.default_rng(0)
    one = summarise(runs, 0.8, 0.65, rng, samples=100, confidence=0.95)[3].against_random
    more = runs | {(20, strategy): run for (_, strategy), run in runs.items()}
    both = summarise(more, 0.8, 0.65, rng, samples=100, confidence=0.95)[3].against_random
    assert one is not None
    assert both is not None
    assert both.difference == one.difference
    assert both.p_value == pytest.approx(min(1, 2 * one.p_value))


def test_rivals_are_compared_with_chosen(runs: dict[tuple[int, str], Runs]) -> None:
    curves = summarise(runs, 0.8, 0.65, np.random.default_rng(0), samples=100, confidence=0.95)
    found = against_chosen(curves, "bald", ["margin", "entropy"], 0.95)
    assert found["margin"].difference.value > 0 > found["entropy"].difference.value
    assert max(test.p_value for test in found.values()) < 0.01
    assert against_chosen(curves, "bald", [], 0.95) == {}
