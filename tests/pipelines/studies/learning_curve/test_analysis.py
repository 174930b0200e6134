from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.models.base import Examples
from barometer.models.metrics import accuracy, macro_f1
from barometer.models.tfidf import build
from barometer.settings import BackboneSettings, SettingsError, validate
from pipelines.studies.learning_curve.analysis import (
    CurveSettings,
    LearningCurveSettings,
    Runs,
    accuracies,
    fit_and_predict,
    macro_f1s,
    nested_order,
    resampled_confusions,
    settings_for_size,
    take,
    usable_sizes,
)

CURVE = {"sizes": [10, 20, 40, "all"], "seeds": 2}


def parameters(**changes: Any) -> dict[str, Any]:
    return {"models": {"tfidf": CURVE}, "validation": 30, "min_steps": 40, "multiples": [2, 4]} | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": {"gpt": CURVE}}, r"unknown model 'gpt'; expected one of tfidf, bert"),
        (
            {"models": {"tfidf": CURVE | {"sizes": [9, 20, 40]}}},
            r"models\.tfidf\.sizes.*9: .*greater than or equal to 10",
        ),
        ({"models": {"tfidf": CURVE | {"sizes": [40, 20, 10]}}}, r"models\.tfidf\.sizes.*ascending"),
        ({"models": {"tfidf": CURVE | {"sizes": ["all", 20, 40]}}}, r"`all` only at the end"),
        ({"models": {"tfidf": CURVE | {"seeds": 1}}}, r"models\.tfidf\.seeds = 1"),
        ({"multiples": [1]}, r"multiples\.0 = 1: .*greater than 1"),
    ],
)
def test_wrong_parameters_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"experiment\.learning_curve: .*{message}"):
        validate(LearningCurveSettings, parameters(**changes), "experiment.learning_curve")


def test_sizes_the_training_part_does_not_reach_are_left_out() -> None:
    settings = CurveSettings(sizes=[10, 20, 40, 80, 160, "all"], seeds=2)
    assert usable_sizes(settings, 80, "x") == ([10, 20, 40], [80, 160])
    with pytest.raises(SettingsError, match=r"x\.sizes = .*only 2 below the 40 headlines"):
        usable_sizes(settings, 40, "x")


@given(st.lists(st.integers(0, 2), min_size=1, max_size=200), st.integers(0, 2**32 - 1))
def test_every_beginning_of_the_order_is_stratified(labels: list[int], seed: int) -> None:
    known = np.array(labels)
    order = nested_order(known, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(known)))
    counts = np.cumsum(np.eye(3)[known[order]], axis=0)
    expected = np.arange(1, len(known) + 1)[:, None] * np.bincount(known, minlength=3) / len(known)
    assert np.abs(counts - expected).max() <= 2


def test_the_order_is_that_of_its_seed() -> None:
    labels = np.tile([0, 1, 2], 30)
    first, again, other = (nested_order(labels, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_small_sizes_are_trained_in_more_epochs() -> None:
    settings = {"epochs": 2, "batch_size": 32, "lr": 1e-4}
    assert settings_for_size(settings, 250, 40)["epochs"] == 5  # 8 steps an epoch
    assert settings_for_size(settings, 2000, 40) == settings
    assert settings_for_size({"C": 3.0}, 250, 40) == {"C": 3.0}


def test_scores_of_confusions_are_those_of_the_metrics() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(3, size=50), rng.integers(3, size=(2, 4, 50))
    chosen = rng.integers(50, size=50)
    counts = np.vstack([np.ones(50, dtype=int), np.bincount(chosen, minlength=50)])
    found = resampled_confusions(labels, predicted, counts)
    assert found.shape == (2, 4, 2, 3, 3)
    hard = np.eye(3)[predicted[1, 2]]
    assert accuracies(found)[1, 2, 0] == pytest.approx(accuracy(labels, hard))
    assert macro_f1s(found)[1, 2, 0] == pytest.approx(macro_f1(labels, hard))
    assert accuracies(found)[1, 2, 1] == pytest.approx(accuracy(labels[chosen], hard[chosen]))
    assert macro_f1s(found)[1, 2, 1] == pytest.approx(macro_f1(labels[chosen], hard[chosen]))


def test_accuracies_of_runs() -> None:
    runs = Runs(np.array([10]), np.array([[[0, 1], [0, 2]]]), 20, None)
    assert runs.accuracies(np.array([0, 2])).tolist() == [[0.5, 1.0]]


def test_a_model_learns_from_the_part_it_is_given(examples: Examples) -> None:
    order = nested_order(examples.labels, np.random.default_rng(0))
    settings = {"word_ngrams": [1, 2], "char_ngrams": [2, 4], "min_count": 1, "C": 3.0, "auxiliary_weight": 0.0}
    scores = []
    for size in (12, 150):
        model = build(settings, BackboneSettings(name="none", source="none", max_length=32), 0)
        part = take(examples, order[:size])
        assert len(part) == size
        predicted = fit_and_predict(model, part, examples, examples.texts)
        scores.append((predicted == examples.labels).mean())
    assert scores[0] < scores[1]
    assert scores[1] > 0.95
