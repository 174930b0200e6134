from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from barometer.models.base import Examples
from barometer.models.tfidf import TfidfSettings
from barometer.models.transformer import TransformerClassifier
from barometer.settings import BackboneSettings
from pipelines.studies.active_learning.methods.beliefs import softmax
from pipelines.studies.active_learning.methods.learners import (
    FineTunedLearner,
    HeadLearner,
    HeadSettings,
    TfidfLearner,
    pooled,
)
from pipelines.studies.active_learning.methods.simulation import Design, Oracle, simulate

TFIDF = TfidfSettings(word_ngrams=(1, 2), char_ngrams=(2, 4), min_count=1, C=3.0, auxiliary_weight=0.0)
Headlines = list[tuple[str, int]]
Labels = NDArray[np.intp]
HEAD = HeadSettings(hidden=16, dropout=0.5, steps=40, lr=0.01, weight_decay=0.1)
CLASSES = np.arange(90) % 3


@pytest.fixture
def tfidf(headlines: Headlines) -> TfidfLearner:
    texts = [text for text, _ in headlines]
    return TfidfLearner(texts[:150], texts[150:], TFIDF, 0)


@pytest.fixture
def labels(headlines: Headlines) -> Labels:
    return np.array([label for _, label in headlines], dtype=np.intp)


@pytest.mark.parametrize("classes", [(0, 1, 2), (0, 2)])
def test_regression_equals_the_direct_one(tfidf: TfidfLearner, labels: Labels, classes: tuple[int, ...]) -> None:
    chosen = np.flatnonzero(np.isin(labels[:150], classes))[:60]
    found = tfidf.fit(chosen, labels[chosen], 0)
    direct = LogisticRegression(C=3.0, max_iter=1000, tol=1e-6).fit(tfidf.pool[chosen], labels[chosen])
    np.testing.assert_allclose(found.pool[:, list(classes)], direct.predict_proba(tfidf.pool), atol=2e-3)
    np.testing.assert_allclose(found.test[:, list(classes)], direct.predict_proba(tfidf.test), atol=2e-3)


def test_absent_class_has_no_probability(tfidf: TfidfLearner, labels: Labels) -> None:
    chosen = np.flatnonzero(labels[:150] != 1)[:20]
    found = tfidf.fit(chosen, labels[chosen], 0)
    assert found.pool.shape == (150, 3)
    assert (found.pool[:, 1] == 0).all()
    np.testing.assert_allclose(found.pool.sum(axis=1), 1)


def test_single_class_is_certain(tfidf: TfidfLearner, labels: Labels) -> None:
    chosen = np.flatnonzero(labels[:150] == 2)[:5]
    found = tfidf.fit(chosen, labels[chosen], 0)
    assert (found.pool == [0, 0, 1]).all()
    assert found.test.shape == (len(labels) - 150, 3)


def test_repeated_headlines_do_no_harm(headlines: Headlines) -> None:
    texts, labels = [text for text, _ in headlines], np.array([label for _, label in headlines])
    tfidf = TfidfLearner([*texts, *texts], texts, TFIDF, 0)
    found = tfidf.fit(np.arange(2 * len(texts)), np.tile(labels, 2), 0)
    direct = LogisticRegression(C=3.0, max_iter=1000, tol=1e-6).fit(tfidf.pool, np.tile(labels, 2))
    np.testing.assert_allclose(found.pool, direct.predict_proba(tfidf.pool), atol=2e-3)


def test_tfidf_has_no_last_layer(tfidf: TfidfLearner, labels: Labels) -> None:
    assert tfidf.fit(np.arange(30), labels[:30], 0).last is None


def blobs(n: int, seed: int) -> NDArray[np.float32]:
    """Vectors of length 1 around one direction a class, in the order of CLASSES."""
    centres = np.eye(12, dtype=np.float32)[np.arange(n) % 3]
    vectors = centres + 0.25 * np.random.default_rng(seed).normal(size=(n, 12)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def head() -> HeadLearner:
    return HeadLearner(blobs(90, 0), blobs(30, 1), HEAD)


def test_head_learns(head: HeadLearner) -> None:
    found = head.fit(np.arange(30), CLASSES[:30], 0)
    assert (found.test.argmax(axis=1) == np.arange(30) % 3).mean() > 0.85
    np.testing.assert_allclose(found.pool.sum(axis=1), 1, rtol=1e-5)


def test_head_accepts_an_absent_class(head: HeadLearner) -> None:
    chosen = np.flatnonzero(CLASSES != 1)
    found = head.fit(chosen, CLASSES[chosen], 0)
    assert found.pool.shape == (90, 3)
    assert found.pool[:, 1].mean() < 0.2


def test_head_follows_the_seed(head: HeadLearner) -> None:
    first, again, other = (head.fit(np.arange(30), CLASSES[:30], seed).pool for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-4


def test_last_layer_gives_the_probabilities(head: HeadLearner) -> None:
    found = head.fit(np.arange(30), CLASSES[:30], 0)
    assert found.last is not None
    np.testing.assert_allclose(softmax(found.last.vectors @ found.last.weight + found.last.bias), found.pool)
    assert found.last.vectors.shape == (90, 16)
    samples = found.last.samples(np.arange(90), 200, np.random.default_rng(0))
    assert (samples.mean(axis=0).argmax(axis=1) == found.pool.argmax(axis=1)).mean() > 0.9


def test_pooled_vectors_enter_last_layer(tiny_bert: TransformerClassifier, headlines: list[tuple[str, int]]) -> None:
    texts = [text for text, _ in headlines[:20]]
    head = tiny_bert.network.head
    logits = pooled(tiny_bert, texts) @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    np.testing.assert_allclose(softmax(logits), tiny_bert.predict_proba(texts), rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_transformer_serves_every_strategy(
    tiny_bert: TransformerClassifier, tiny_backbone: Path, headlines: list[tuple[str, int]], examples: Examples
) -> None:
    texts, labels = [text for text, _ in headlines], np.array([label for _, label in headlines])
    validation = Examples(texts[:20], examples.targets[:20], examples.weights[:20])
    backbone = BackboneSettings(name="tiny", source=str(tiny_backbone), max_length=32)
    settings = tiny_bert.settings.model_dump() | {"epochs": 1}
    learner = FineTunedLearner(texts[20:120], texts[120:], validation, settings, backbone)
    oracle = Oracle(labels[20:120], labels[120:])
    design = Design(initial=20, labels=40, seeds=1, passes=5, seed=0)
    runs = simulate(learner, oracle, ["random", "bald", "badge"], [20], design)
    assert all(run.accuracy.shape == (1, 2) for run in runs.values())
    firsts = {float(run.accuracy[0, 0]) for run in runs.values()}
    assert len(firsts) == 1
