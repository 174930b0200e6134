from math import log

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics as reference

from barometer.models.base import Floats
from barometer.models.metrics import (
    Labels,
    accuracy,
    calibration_error,
    class_figures,
    confusion,
    evaluate,
    log_loss,
    macro_f1,
    paired_difference,
    paired_test,
    reliability,
)

LABELS = np.array([0, 0, 1, 2, 2])
PROBABILITIES = np.array([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.6, 0.3], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
PREDICTED = np.array([0, 1, 1, 2, 0])


def random_case(n: int, seed: int = 0) -> tuple[Labels, Floats]:
    """Labels drawn from the probabilities, so that these are calibrated."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([1, 1, 1], size=n)
    labels = (rng.random((n, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    return labels, probabilities


def right_where(right: list[bool]) -> Floats:
    """Probabilities of a model that, where every label is 0, is right exactly where it is told to be."""
    return np.where(np.array(right)[:, None], [[0.8, 0.1, 0.1]], [[0.1, 0.1, 0.8]])


def test_confusion_has_true_rows() -> None:
    assert confusion(LABELS, PREDICTED).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]


def test_accuracy_by_hand() -> None:
    assert accuracy(LABELS, PROBABILITIES) == pytest.approx(3 / 5)


def test_macro_f1_by_hand() -> None:
    assert macro_f1(LABELS, PROBABILITIES) == pytest.approx((1 / 2 + 2 / 3 + 2 / 3) / 3)


def test_macro_f1_counts_absent_classes_zero() -> None:
    assert macro_f1(np.array([0, 1]), np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]])) == pytest.approx(2 / 3)


def test_precision_and_recall_by_hand() -> None:
    assert class_figures(LABELS, PROBABILITIES) == pytest.approx(
        {
            "precision_negative": 1 / 2,
            "recall_negative": 1 / 2,
            "precision_neutral": 1 / 2,
            "recall_neutral": 1.0,
            "precision_positive": 1.0,
            "recall_positive": 1 / 2,
        }
    )


def test_log_loss_by_hand() -> None:
    assert log_loss(LABELS, PROBABILITIES) == pytest.approx(-(log(0.8) + 2 * log(0.2) + log(0.6) + log(0.7)) / 5)


def test_certain_mistakes_have_finite_loss() -> None:
    assert log_loss(np.array([1]), np.array([[1.0, 0.0, 0.0]])) == pytest.approx(-log(1e-12))


def test_calibration_error_by_hand() -> None:
    one_bin = abs((0.8 + 0.6 + 0.6 + 0.7 + 0.5) / 5 - 3 / 5)
    ten_bins = (1 * 0.5 + 2 * abs(0.6 - 0.5) + 1 * 0.3 + 1 * 0.2) / 5
    assert calibration_error(LABELS, PROBABILITIES, bins=1) == pytest.approx(one_bin)
    assert calibration_error(LABELS, PROBABILITIES, bins=10) == pytest.approx(ten_bins)


def test_reliability_drops_empty_bins() -> None:
    table = reliability(np.array([0, 1, 2]), np.array([[1.0, 0, 0], [0.96, 0.02, 0.02], [0.2, 0.25, 0.55]]), bins=10)
    np.testing.assert_allclose(table, [[0.55, 1, 1], [0.98, 0.5, 2]])


def test_figures_agree_with_scikit_learn() -> None:
    labels, probabilities = random_case(200)
    predicted = probabilities.argmax(axis=1)
    assert accuracy(labels, probabilities) == pytest.approx(reference.accuracy_score(labels, predicted))
    assert macro_f1(labels, probabilities) == pytest.approx(reference.f1_score(labels, predicted, average="macro"))
    assert log_loss(labels, probabilities) == pytest.approx(reference.log_loss(labels, probabilities))
    assert (confusion(labels, predicted) == reference.confusion_matrix(labels, predicted)).all()
    precision, recall, *_ = reference.precision_recall_fscore_support(labels, predicted)
    assert list(class_figures(labels, probabilities).values()) == pytest.approx(
        [figure for pair in zip(precision, recall, strict=True) for figure in pair]
    )


def test_intervals_contain_their_values() -> None:
    estimates = evaluate(*random_case(300), np.random.default_rng(0), samples=200)
    # The calibration error is left out: resamples of few headlines are biased upwards.
    assert [n for n, e in estimates.items() if not e.low < e.value < e.high and n != "calibration_error"] == []


def test_intervals_shrink_with_root_n() -> None:
    widths = []
    for n in (100, 1600):
        estimate = evaluate(*random_case(n), np.random.default_rng(0), samples=400)["accuracy"]
        widths.append(estimate.high - estimate.low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.25)


def test_intervals_match_the_normal_approximation() -> None:
    labels, probabilities = random_case(1000)
    estimate = evaluate(labels, probabilities, np.random.default_rng(0))["accuracy"]
    half = 1.96 * (estimate.value * (1 - estimate.value) / 1000) ** 0.5
    assert (estimate.low, estimate.high) == pytest.approx((estimate.value - half, estimate.value + half), abs=0.006)


def test_lower_confidence_gives_narrower_intervals() -> None:
    wide, narrow = (
        evaluate(*random_case(100), np.random.default_rng(0), samples=200, confidence=c)["log_loss"]
        for c in (0.95, 0.5)
    )
    assert wide.low < narrow.low < narrow.high < wide.high


def test_evaluate_is_deterministic_for_a_seed() -> None:
    case = random_case(60)
    first, second, other = (evaluate(*case, np.random.default_rng(s), samples=100) for s in (5, 5, 6))
    assert first == second
    assert first != other


@pytest.mark.parametrize(("n", "shape"), [(0, (0, 3)), (2, (3, 3)), (2, (2, 2)), (2, (2,))])
def test_evaluate_refuses_empty_and_misshapen_input(n: int, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"{n} labels and probabilities of shape"):
        evaluate(np.zeros(n, dtype=int), np.full(shape, 1 / 3), np.random.default_rng(0))


def test_the_paired_test_is_exact_mcnemar() -> None:
    a = right_where([True] * 8 + [False] * 2 + [True] * 5 + [False] * 5)
    b = right_where([False] * 8 + [True] * 2 + [True] * 5 + [False] * 5)
    result = paired_test(np.zeros(20, dtype=int), a, b, np.random.default_rng(0))
    assert (result.a_only, result.b_only) == (8, 2)
    assert result.p_value == pytest.approx(2 * (1 + 10 + 45) / 2**10)
    assert result.p_value == pytest.approx(binomtest(8, 10).pvalue)
    assert result.difference.value == pytest.approx((13 - 7) / 20)
    assert result.difference.low < 0.3 < result.difference.high


def test_swapping_models_flips_the_sign() -> None:
    labels, a = random_case(80)
    _, b = random_case(80, seed=1)
    forth = paired_test(labels, a, b, np.random.default_rng(0))
    back = paired_test(labels, b, a, np.random.default_rng(0))
    assert (back.a_only, back.b_only, back.p_value) == (forth.b_only, forth.a_only, forth.p_value)
    assert back.difference.value == pytest.approx(-forth.difference.value)
    assert back.difference.low == pytest.approx(-forth.difference.high)


def test_identical_models_do_not_differ() -> None:
    labels, probabilities = random_case(40)
    result = paired_test(labels, probabilities, probabilities, np.random.default_rng(0))
    assert result.p_value == 1.0
    assert (result.difference.value, result.difference.low, result.difference.high) == (0.0, 0.0, 0.0)


def test_equal_errors_differ_in_no_resample() -> None:
    labels, sharp = random_case(40)
    soft = sharp * 0.5 + 1 / 6
    rng = np.random.default_rng(0)
    assert paired_difference(labels, sharp, soft, accuracy, rng).high == 0.0
    assert paired_difference(labels, sharp, soft, log_loss, rng).value != 0.0
