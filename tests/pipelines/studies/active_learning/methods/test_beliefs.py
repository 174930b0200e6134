import numpy as np
import pytest

from pipelines.studies.active_learning.methods.beliefs import LastLayer, softmax

EVERY = np.arange(4)


@pytest.fixture
def last() -> LastLayer:
    rng = np.random.default_rng(0)
    return LastLayer(rng.normal(size=(4, 6)), rng.normal(size=(6, 3)), rng.normal(size=3), 0.5)


def test_draws_are_distributions_of_candidates(last: LastLayer) -> None:
    samples = last.samples(np.array([2, 0]), 7, np.random.default_rng(0))
    assert samples.shape == (7, 2, 3)
    np.testing.assert_allclose(samples.sum(axis=2), 1)


def test_draw_is_one_network(last: LastLayer) -> None:
    every = last.samples(EVERY, 7, np.random.default_rng(0))
    some = last.samples(np.array([3, 1]), 7, np.random.default_rng(0))
    np.testing.assert_allclose(some, every[:, [3, 1]])


def test_no_dropout_draws_the_model(last: LastLayer) -> None:
    plain = LastLayer(last.vectors, last.weight, last.bias, 0.0)
    expected = softmax(last.vectors @ last.weight + last.bias)
    for draw in plain.samples(EVERY, 3, np.random.default_rng(0)):
        np.testing.assert_allclose(draw, expected)


def test_dropout_keeps_the_mean_logits() -> None:
    # Logits with dropout average to the logits without: seen where a single class differs from constant ones.
    last = LastLayer(np.ones((1, 400)), np.tile([0.01, 0.0, 0.0], (400, 1)), np.zeros(3), 0.5)
    samples = last.samples(np.array([0]), 500, np.random.default_rng(0))
    logits = np.log(samples[:, 0, 0] / samples[:, 0, 1])
    assert logits.mean() == pytest.approx(4, abs=0.05)
    assert logits.std() == pytest.approx(0.02 * np.sqrt(400 * 0.25), rel=0.15)
