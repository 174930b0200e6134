"""Under a shifted class mix whose truth is known, the adjusted share is right and its interval holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.models.base import Floats
from barometer.models.prevalence_fit import PLAIN, class_means, fit_prevalence, pacc_weights, saerens_em
from barometer.prevalence import Prevalence

MIX = (0.25, 0.3, 0.45)
SHIFTED = (0.7, 0.12, 0.18)
# Evidence of a true class for each class: a headline's logits are drawn around its row.
_EVIDENCE = 1.6 * np.eye(3)


def drawn(mix: tuple[float, ...], n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Probabilities that are calibrated for MIX, of n headlines of a given mix, and their one-hot labels.

    Logits x ~ N(row of the class, 1), so that the posterior is softmax(x . rows - |row|² / 2 + log MIX).
    """
    labels = rng.choice(3, n, p=mix)
    x = _EVIDENCE[labels] + rng.normal(size=(n, 3))
    joint = np.exp(x @ _EVIDENCE.T - (_EVIDENCE**2).sum(axis=1) / 2) * np.array(MIX)
    return joint / joint.sum(axis=1, keepdims=True), np.eye(3)[labels]


@pytest.fixture(scope="module")
def calibration() -> tuple[Floats, Floats]:
    return drawn(MIX, 4000, np.random.default_rng(1))


@pytest.fixture(scope="module")
def fitted(calibration: tuple[Floats, Floats]) -> Prevalence:
    return fit_prevalence(*calibration, np.random.default_rng(2), resamples=200)


def test_soft_targets_weight_class_means() -> None:
    probabilities = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]])
    targets = np.array([[0.5, 0.5, 0], [0, 1, 0], [0.5, 0, 0.5]])
    np.testing.assert_allclose(class_means(probabilities, targets), [[0.5, 0, 0.5], [1 / 3, 2 / 3, 0], [0, 0, 1]])


def test_an_empty_class_has_no_mean() -> None:
    with pytest.raises(ValueError, match=r"class sizes are \[2\.0, 0\.0, 1\.0\]"):
        class_means(np.full((3, 3), 1 / 3), np.eye(3)[[0, 0, 2]])


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.integers(0, 2**32 - 1))
def test_counts_are_exact_under_any_mix(mix: list[float], seed: int) -> None:
    noise = np.random.default_rng(seed).dirichlet([1, 1, 1], 3)
    means = 0.6 * np.eye(3) + 0.4 * noise
    shares = np.array(mix) / sum(mix)
    assert shares @ means @ pacc_weights(means) == pytest.approx(shares[2], abs=1e-9)


def test_equal_classes_give_finite_weights() -> None:
    weights = pacc_weights(np.full((3, 3), 1 / 3))
    assert np.isfinite(weights).all() and np.abs(weights).max() <= 1


def test_only_the_plain_mean_is_biased(fitted: Prevalence) -> None:
    probabilities, labels = drawn(SHIFTED, 40_000, np.random.default_rng(3))
    truth = labels[:, 2].mean()
    assert probabilities[:, 2].mean() - truth > 0.06
    assert (probabilities @ fitted.weights).mean() == pytest.approx(truth, abs=0.02)


def test_weights_lie_between_mean_and_count(fitted: Prevalence, calibration: tuple[Floats, Floats]) -> None:
    full = pacc_weights(class_means(*calibration))
    share = (np.array(fitted.weights) - PLAIN) / (full - PLAIN)
    assert share == pytest.approx(share[0]) and 0.8 < share[0] <= 1


def test_an_ignorant_model_keeps_the_mean() -> None:
    rng = np.random.default_rng(4)
    probabilities, labels = rng.dirichlet([5, 5, 5], 150), np.eye(3)[rng.choice(3, 150, p=MIX)]
    assert np.abs(np.array(fit_prevalence(probabilities, labels, rng).weights) - PLAIN).max() < 0.2


def test_a_perfect_model_needs_no_correction() -> None:
    labels = np.eye(3)[np.arange(90) % 3]
    found = fit_prevalence(labels, labels, np.random.default_rng(0), resamples=20)
    np.testing.assert_allclose(found.weights, PLAIN, atol=1e-9)
    assert found.variance == pytest.approx(0, abs=1e-12) and found.bias_variance == pytest.approx(0, abs=1e-12)


def test_a_missing_class_keeps_the_mean() -> None:
    labels = np.eye(3)[[0, 0, 2, 2]]
    assert fit_prevalence(labels, labels, np.random.default_rng(0)) == Prevalence()


def test_less_data_leaves_larger_errors(calibration: tuple[Floats, Floats], fitted: Prevalence) -> None:
    probabilities, labels = calibration
    few = fit_prevalence(probabilities[:400], labels[:400], np.random.default_rng(2), resamples=200)
    assert few.bias_variance / fitted.bias_variance == pytest.approx(10, rel=0.35)


def test_one_generator_gives_the_same_fit(calibration: tuple[Floats, Floats]) -> None:
    one, two = (fit_prevalence(*calibration, np.random.default_rng(9), resamples=20) for _ in range(2))
    assert one == two


@pytest.mark.parametrize("size", [50, 200])
def test_the_interval_holds_the_labelled_share(size: int) -> None:
    rng = np.random.default_rng(5)
    held = []
    for _ in range(60):  # other calibration data each time, because its error is what the interval must cover
        fit = fit_prevalence(*drawn(MIX, 600, rng), rng, resamples=100)
        probabilities, labels = drawn(MIX, 40 * size, rng)
        errors = (probabilities @ np.array(fit.weights) - labels[:, 2]).reshape(40, size).mean(axis=1)
        assert fit.variance is not None
        held.append(np.abs(errors) <= 1.96 * np.sqrt(fit.variance / size + fit.bias_variance))
    assert 0.93 <= np.mean(held) <= 0.97


def test_expectation_maximisation_finds_a_shifted_mix() -> None:
    probabilities, labels = drawn(SHIFTED, 20_000, np.random.default_rng(6))
    found = saerens_em(probabilities[None], np.array(MIX))
    np.testing.assert_allclose(found, [labels.mean(axis=0)], atol=0.02)


def test_windows_are_maximised_apart() -> None:
    rng = np.random.default_rng(7)
    windows = np.stack([drawn(mix, 300, rng)[0] for mix in (MIX, SHIFTED)])
    alone = [saerens_em(window[None], np.array(MIX))[0] for window in windows]
    np.testing.assert_allclose(saerens_em(windows, np.array(MIX)), alone)
    np.testing.assert_allclose(np.sum(alone, axis=1), 1)
