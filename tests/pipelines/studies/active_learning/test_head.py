import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.studies.active_learning.head import HeadLearner
from pipelines.studies.active_learning.learners import softmax
from pipelines.studies.active_learning.settings import HeadSettings

SETTINGS = HeadSettings(hidden=16, dropout=0.5, steps=40, lr=0.01, weight_decay=0.1)
LABELS = np.arange(90) % 3


def blobs(n: int, seed: int) -> NDArray[np.float32]:
    """Vectors of length 1 around one direction a class, in the order of LABELS."""
    centres = np.eye(12, dtype=np.float32)[np.arange(n) % 3]
    vectors = centres + 0.25 * np.random.default_rng(seed).normal(size=(n, 12)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def learner() -> HeadLearner:
    return HeadLearner(blobs(90, 0), blobs(30, 1), SETTINGS)


def test_it_learns(learner: HeadLearner) -> None:
    found = learner.fit(np.arange(30), LABELS[:30], 0)
    assert (found.test.argmax(axis=1) == np.arange(30) % 3).mean() > 0.85
    np.testing.assert_allclose(found.pool.sum(axis=1), 1, rtol=1e-5)


def test_it_bears_a_class_without_labels(learner: HeadLearner) -> None:
    chosen = np.flatnonzero(LABELS != 1)
    found = learner.fit(chosen, LABELS[chosen], 0)
    assert found.pool.shape == (90, 3)
    assert found.pool[:, 1].mean() < 0.2


def test_the_seed_decides(learner: HeadLearner) -> None:
    first, again, other = (learner.fit(np.arange(30), LABELS[:30], seed).pool for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-4


def test_its_last_layer_gives_its_probabilities(learner: HeadLearner) -> None:
    found = learner.fit(np.arange(30), LABELS[:30], 0)
    assert found.last is not None
    np.testing.assert_allclose(softmax(found.last.vectors @ found.last.weight + found.last.bias), found.pool)
    assert found.last.vectors.shape == (90, 16)
    samples = found.last.samples(np.arange(90), 200, np.random.default_rng(0))
    assert (samples.mean(axis=0).argmax(axis=1) == found.pool.argmax(axis=1)).mean() > 0.9
