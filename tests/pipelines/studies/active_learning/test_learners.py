from typing import get_args

import numpy as np
import pytest

from barometer.query.strategies import STRATEGIES
from pipelines.studies.active_learning.learners import LEARNERS, LastLayer, softmax
from pipelines.studies.active_learning.settings import LearnerName, StrategyName

EVERY = np.arange(4)


@pytest.fixture
def last() -> LastLayer:
    rng = np.random.default_rng(0)
    return LastLayer(rng.normal(size=(4, 6)), rng.normal(size=(6, 3)), rng.normal(size=3), 0.5)


def test_tables_and_settings_name_the_same_things() -> None:
    assert set(get_args(LearnerName)) == set(LEARNERS)
    assert set(get_args(StrategyName)) == set(STRATEGIES)


def test_draws_are_distributions_of_the_candidates_asked_for(last: LastLayer) -> None:
    samples = last.samples(np.array([2, 0]), 7, np.random.default_rng(0))
    assert samples.shape == (7, 2, 3)
    np.testing.assert_allclose(samples.sum(axis=2), 1)


def test_a_draw_is_one_network_for_all_candidates(last: LastLayer) -> None:
    every = last.samples(EVERY, 7, np.random.default_rng(0))
    some = last.samples(np.array([3, 1]), 7, np.random.default_rng(0))
    np.testing.assert_allclose(some, every[:, [3, 1]])


def test_without_dropout_every_draw_is_the_model(last: LastLayer) -> None:
    plain = LastLayer(last.vectors, last.weight, last.bias, 0.0)
    expected = softmax(last.vectors @ last.weight + last.bias)
    for draw in plain.samples(EVERY, 3, np.random.default_rng(0)):
        np.testing.assert_allclose(draw, expected)


def test_dropped_inputs_are_made_up_for_by_the_others() -> None:
    # Logits with dropout average to the logits without: seen where a single class differs from constant ones.
    last = LastLayer(np.ones((1, 400)), np.tile([0.01, 0.0, 0.0], (400, 1)), np.zeros(3), 0.5)
    samples = last.samples(np.array([0]), 500, np.random.default_rng(0))
    logits = np.log(samples[:, 0, 0] / samples[:, 0, 1])
    assert logits.mean() == pytest.approx(4, abs=0.05)
    assert logits.std() == pytest.approx(0.02 * np.sqrt(400 * 0.25), rel=0.15)
