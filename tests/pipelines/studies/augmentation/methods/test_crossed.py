import numpy as np
import pytest
from scipy.stats import ttest_1samp

from barometer.models.metrics import confusion, macro_f1
from barometer.stats import Estimate
from pipelines.studies.augmentation.methods.crossed import (
    Effect,
    accuracy_of,
    crossed_mean,
    macro_f1_of,
    paired_mean,
    pseudo_values,
    with_holm,
)


def test_pseudo_values_of_accuracy() -> None:
    labels, predicted = np.array([0, 1, 2, 2]), np.array([0, 2, 2, 1])
    np.testing.assert_allclose(pseudo_values(labels, predicted, accuracy_of), [1, 0, 1, 0], atol=1e-12)


def test_pseudo_values_of_macro_f1() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 3, 400), rng.integers(0, 3, 400)
    whole = macro_f1_of(confusion(labels, predicted))
    assert whole == pytest.approx(macro_f1(labels, np.eye(3)[predicted]))
    values = pseudo_values(labels, predicted, macro_f1_of)
    without_first = macro_f1_of(confusion(labels[1:], predicted[1:]))
    assert values[0] == pytest.approx(400 * whole - 399 * without_first)
    assert values.mean() == pytest.approx(whole, abs=2e-3)


def test_a_crossed_mean_by_hand() -> None:
    # mean 1/2; by seed 1 and 0, by headline 1/2 and 1/2: MS seeds 1, MS headlines 0, MS rest 0
    effect = crossed_mean(np.array([[1.0, 1.0], [0.0, 0.0]]))
    assert effect.difference.value == 0.5
    # variance 1 / 4 with one degree of freedom, whose 97.5 % quantile is 12.706
    assert effect.difference.high - effect.difference.value == pytest.approx(12.706 * 0.5, abs=1e-3)
    assert effect.p_value == pytest.approx(0.5)
    assert effect.seeds_above == 1


def test_one_variance_source_gives_t_test() -> None:
    by_headline = np.random.default_rng(1).normal(0.2, 1, 30)
    effect = crossed_mean(np.tile(by_headline, (4, 1)))
    known = ttest_1samp(by_headline, 0)
    assert effect.p_value == pytest.approx(known.pvalue)
    low, high = known.confidence_interval(0.95)
    assert (effect.difference.low, effect.difference.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(("of_seeds", "of_headlines"), [(0.0, 0.0), (0.3, 0.0), (0.0, 1.0), (0.3, 1.0)])
def test_false_positives_are_about_five_percent(of_seeds: float, of_headlines: float) -> None:
    rng = np.random.default_rng(4)
    p_values = [
        crossed_mean(
            of_seeds * rng.normal(size=(6, 1)) + of_headlines * rng.normal(size=(1, 80)) + rng.normal(size=(6, 80))
        ).p_value
        for _ in range(1500)
    ]
    assert 0.015 < np.mean(np.array(p_values) < 0.05) < 0.075


def test_equal_predictions_differ_by_nothing() -> None:
    effect = crossed_mean(np.zeros((5, 20)))
    assert (effect.difference.value, effect.difference.low, effect.difference.high, effect.p_value) == (0, 0, 0, 1)


def test_too_few_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 9\); expected at least 2 seeds"):
        crossed_mean(np.zeros((1, 9)))


def test_the_paired_mean_is_students_test() -> None:
    differences = np.array([0.1, 0.3, -0.1, 0.2, 0.4])
    effect, known = paired_mean(differences), ttest_1samp(differences, 0)
    assert effect.p_value == pytest.approx(known.pvalue)
    assert (effect.difference.low, effect.difference.high) == pytest.approx(tuple(known.confidence_interval(0.95)))
    assert effect.seeds_above == 4


def test_holm_adjusts_effects_tested_together() -> None:
    given = {name: Effect(Estimate(0, 0, 0), p, p, 0) for name, p in {"a": 0.04, "b": 0.01, "c": 0.03}.items()}
    assert {name: e.p_adjusted for name, e in with_holm(given).items()} == pytest.approx(
        {"a": 0.06, "b": 0.03, "c": 0.06}
    )
    assert with_holm({}) == {}
