import numpy as np
import pytest

from barometer.models.base import Floats
from barometer.models.calibrate import apply_temperature, fit_news_temperature, fit_temperature

POWERS = np.array([[1, 4, 16]]) / 21


@pytest.fixture
def probabilities() -> Floats:
    return np.random.default_rng(0).dirichlet([0.7, 0.7, 0.7], size=300)


def test_temperature_one_changes_nothing(probabilities: Floats) -> None:
    np.testing.assert_allclose(apply_temperature(probabilities, 1.0), probabilities, atol=1e-9)


def test_temperature_two_takes_square_roots() -> None:
    np.testing.assert_allclose(apply_temperature(POWERS, 2.0), np.array([[1, 2, 4]]) / 7)


def test_temperature_one_half_squares() -> None:
    np.testing.assert_allclose(apply_temperature(POWERS, 0.5), np.array([[1, 16, 256]]) / 273)


def test_higher_temperatures_soften(probabilities: Floats) -> None:
    confidence = [apply_temperature(probabilities, t).max(axis=1).mean() for t in (0.5, 1.0, 2.0, 4.0)]
    assert confidence == sorted(confidence, reverse=True)


@pytest.mark.parametrize("temperature", [0.25, 0.9, 3.0, 8.0])
def test_the_arg_max_never_changes(probabilities: Floats, temperature: float) -> None:
    scaled = apply_temperature(probabilities, temperature)
    assert (scaled.argmax(axis=1) == probabilities.argmax(axis=1)).all()


def test_certainty_stays_finite() -> None:
    scaled = apply_temperature(np.array([[1.0, 0.0, 0.0]]), 2.0)
    np.testing.assert_allclose(scaled, [[1, 0, 0]], atol=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_fit_recovers_a_known_temperature(probabilities: Floats, temperature: float) -> None:
    targets = apply_temperature(probabilities, temperature)
    assert fit_temperature(probabilities, targets) == pytest.approx(temperature, rel=1e-3)


def test_the_fit_recovers_a_temperature_from_drawn_labels() -> None:
    rng = np.random.default_rng(1)
    true = rng.dirichlet([1, 1, 1], size=5000)
    drawn = (rng.random((5000, 1)) > true.cumsum(axis=1)).sum(axis=1)
    overconfident = apply_temperature(true, 0.5)
    assert fit_temperature(overconfident, np.eye(3)[drawn]) == pytest.approx(2.0, rel=0.06)


def test_the_fit_stays_within_its_bounds(probabilities: Floats) -> None:
    all_failed = np.full_like(probabilities, 1 / 3)
    assert fit_temperature(probabilities, all_failed) == pytest.approx(8.0, rel=1e-2)


def test_a_model_that_cannot_tell_news_keeps_its_ones() -> None:
    shares = np.array([1.0, 0.0, 1.0, np.nan])
    assert fit_news_temperature(np.ones(4), shares) == 1.0
    assert fit_news_temperature(np.array([0.9, 0.6, 0.99, 0.5]), shares) != 1.0
