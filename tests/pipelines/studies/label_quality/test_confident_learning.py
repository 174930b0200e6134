from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from barometer.settings import SettingsError, validate
from pipelines.studies.label_quality.confident_learning import (
    Opinion,
    detection,
    flip_labels,
    opinion,
    out_of_fold,
    overlap,
    shared_suspects,
    suggested_labels,
)
from pipelines.studies.label_quality.run import LabelQualitySettings

JOINT = np.eye(3) / 3


def parameters(**changes: Any) -> dict[str, Any]:
    values = {"models": ["tfidf"], "filter": "both", "flip_share": 0.05, "flip_repeats": 2}
    return values | {"inverse_regularisation": 1.0, "shown": 5} | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ["gpt"]}, r"models\.0 = 'gpt': .*unknown model 'gpt'; expected one of tfidf, bert"),
        ({"filter": "best"}, r"filter = 'best': .*'prune_by_noise_rate'"),
        ({"flip_share": 0.6}, r"flip_share = 0\.6: .*less than or equal to 0\.4"),
    ],
)
def test_wrong_parameters_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"experiment\.label_quality: {message}"):
        validate(LabelQualitySettings, parameters(**changes), "experiment.label_quality")


def confident(labels: np.ndarray, probability: float = 0.9) -> np.ndarray:
    """A model that is rather sure of the true classes."""
    return np.where(np.eye(3)[labels] == 1, probability, (1 - probability) / 2)


@pytest.mark.parametrize("filter_by", ["prune_by_noise_rate", "prune_by_class", "both", "confident_learning"])
def test_contradicted_labels_are_suspect(filter_by: Any) -> None:
    true = np.tile([0, 1, 2], 100)
    given = true.copy()
    given[:9] = (given[:9] + 1) % 3
    found = opinion(given, confident(true), filter_by)
    assert np.flatnonzero(found.suspect).tolist() == list(range(9))
    np.testing.assert_allclose(found.quality[:10], [*[0.05] * 9, 0.9])
    assert found.noise == pytest.approx(9 / 300)
    assert found.joint.sum() == pytest.approx(1)
    assert found.joint[1, 0] == pytest.approx(3 / 300)  # given 1, truly 0


def test_a_class_without_labels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"labels by class: \[2, 1, 0\]"):
        opinion(np.array([0, 0, 1]), confident(np.array([0, 0, 1])), "both")
    with pytest.raises(ValueError, match=r"2 labels and probabilities of shape \(3, 3\)"):
        opinion(np.array([0, 1]), JOINT, "both")


def test_suggestion_is_best_other_class() -> None:
    a, b = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]]), np.array([[0.5, 0.1, 0.4], [0.2, 0.6, 0.2]])
    assert suggested_labels(np.array([0, 0]), [a, b]).tolist() == [2, 2]


def test_shared_suspects_and_their_overlap() -> None:
    quality = np.zeros(4)
    opinions = {
        "a": Opinion(np.array([True, True, False, False]), quality, JOINT),
        "b": Opinion(np.array([False, True, True, False]), quality, JOINT),
    }
    assert shared_suspects(opinions).tolist() == [False, True, False, False]
    assert overlap(opinions) == pytest.approx(1 / 3)
    assert overlap({"a": Opinion(np.zeros(4, dtype=bool), quality, JOINT)}) == 0


@given(st.lists(st.integers(0, 2), min_size=3, max_size=80), st.floats(0.01, 0.4), st.integers(0, 2**32 - 1))
def test_share_of_labels_is_flipped(labels: list[int], share: float, seed: int) -> None:
    known = np.array(labels)
    given, flipped = flip_labels(known, share, np.random.default_rng(seed))
    assert flipped.sum() == max(1, round(share * len(known)))
    assert ((given != known) == flipped).all()
    assert set(given.tolist()) <= {0, 1, 2}


def test_models_never_predict_seen_headlines() -> None:
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1, 2], 40)
    vectors = np.column_stack([np.eye(3)[labels] + rng.normal(0, 0.3, (120, 3)), np.eye(120)])
    folds = np.repeat(np.arange(4), 30)
    found = out_of_fold(vectors, labels, folds, 10.0)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == labels).mean() > 0.9
    wrong = labels.copy()
    wrong[5] = (wrong[5] + 1) % 3
    # The label of a headline has no say in its own prediction, though its column would give it away.
    np.testing.assert_allclose(out_of_fold(vectors, wrong, folds, 10.0)[5], found[5])


def test_detection_by_hand() -> None:
    flipped = np.array([True, True, False, False, False])
    suspect = np.array([True, False, True, True, False])
    quality = np.array([0.1, 0.3, 0.2, 0.5, 0.9])
    found = detection([flipped], [Opinion(suspect, quality, JOINT)], np.random.default_rng(0), samples=100)
    assert found.precision.value == pytest.approx(1 / 3)
    assert found.recall.value == pytest.approx(1 / 2)
    assert found.auroc.value == pytest.approx(5 / 6)  # one of six pairs is in the wrong order
    assert found.top_precision.value == pytest.approx(1 / 2)  # of the two lowest, 0.1 and 0.2, one was falsified


def test_detection_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    masks = [rng.random(400) < 0.1 for _ in range(3)]
    qualities = [rng.random(400) - 0.4 * mask for mask in masks]
    opinions = [Opinion(quality < 0.1, quality, JOINT) for quality in qualities]
    found = detection(masks, opinions, np.random.default_rng(0), samples=200)
    expected = np.mean([roc_auc_score(mask, -quality) for mask, quality in zip(masks, qualities, strict=True)])
    assert found.auroc.value == pytest.approx(expected)
    for figure in (found.precision, found.recall, found.auroc, found.top_precision):
        assert figure.low < figure.value < figure.high
