import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from barometer.models.tfidf import TfidfSettings
from pipelines.studies.active_learning.linear import TfidfLearner

SETTINGS = TfidfSettings(word_ngrams=(1, 2), char_ngrams=(2, 4), min_count=1, C=3.0, auxiliary_weight=0.0)
Headlines = list[tuple[str, int]]
Labels = NDArray[np.intp]


@pytest.fixture
def learner(headlines: Headlines) -> TfidfLearner:
    texts = [text for text, _ in headlines]
    return TfidfLearner(texts[:150], texts[150:], SETTINGS, 0)


@pytest.fixture
def labels(headlines: Headlines) -> Labels:
    return np.array([label for _, label in headlines], dtype=np.intp)


@pytest.mark.parametrize("classes", [(0, 1, 2), (0, 2)])
def test_regression_in_the_span_of_the_texts_equals_the_direct_one(
    learner: TfidfLearner, labels: Labels, classes: tuple[int, ...]
) -> None:
    chosen = np.flatnonzero(np.isin(labels[:150], classes))[:60]
    found = learner.fit(chosen, labels[chosen], 0)
    direct = LogisticRegression(C=3.0, max_iter=1000, tol=1e-6).fit(learner.pool[chosen], labels[chosen])
    np.testing.assert_allclose(found.pool[:, list(classes)], direct.predict_proba(learner.pool), atol=2e-3)
    np.testing.assert_allclose(found.test[:, list(classes)], direct.predict_proba(learner.test), atol=2e-3)


def test_a_class_without_labels_is_never_expected(learner: TfidfLearner, labels: Labels) -> None:
    chosen = np.flatnonzero(labels[:150] != 1)[:20]
    found = learner.fit(chosen, labels[chosen], 0)
    assert found.pool.shape == (150, 3)
    assert (found.pool[:, 1] == 0).all()
    np.testing.assert_allclose(found.pool.sum(axis=1), 1)


def test_a_single_class_is_expected_everywhere(learner: TfidfLearner, labels: Labels) -> None:
    chosen = np.flatnonzero(labels[:150] == 2)[:5]
    found = learner.fit(chosen, labels[chosen], 0)
    assert (found.pool == [0, 0, 1]).all()
    assert found.test.shape == (len(labels) - 150, 3)


def test_headlines_of_which_half_repeat_the_others_do_no_harm(headlines: Headlines) -> None:
    texts, labels = [text for text, _ in headlines], np.array([label for _, label in headlines])
    learner = TfidfLearner([*texts, *texts], texts, SETTINGS, 0)
    found = learner.fit(np.arange(2 * len(texts)), np.tile(labels, 2), 0)
    direct = LogisticRegression(C=3.0, max_iter=1000, tol=1e-6).fit(learner.pool, np.tile(labels, 2))
    np.testing.assert_allclose(found.pool, direct.predict_proba(learner.pool), atol=2e-3)


def test_it_gives_neither_draws_nor_vectors(learner: TfidfLearner, labels: Labels) -> None:
    assert learner.fit(np.arange(30), labels[:30], 0).last is None
