from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barometer.models.base import BUILDERS, Classifier, Examples, model_kind
from barometer.settings import BackboneSettings, SettingsError

Settings = dict[str, dict[str, Any]]


def two() -> Examples:
    return Examples(["a", "b"], np.array([[0.7, 0.2, 0.1], [0.0, 0.4, 0.6]]), np.array([1.0, 0.5]))


@pytest.mark.parametrize("shape", [(1, 3), (2, 2), (2,)])
def test_examples_refuse_targets_of_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"targets have shape .*2 texts need \(2, 3\)"):
        Examples(["a", "b"], np.ones(shape), np.ones(2))


def test_examples_refuse_weights_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"weights have shape \(3,\)"):
        Examples(["a", "b"], np.ones((2, 3)), np.ones(3))


def test_labels_are_the_most_probable_classes() -> None:
    assert two().labels.tolist() == [0, 2]


def test_examples_add_in_order() -> None:
    both = two() + Examples(["c"], np.array([[0.0, 1.0, 0.0]]), np.array([3.0]))
    assert list(both.texts) == ["a", "b", "c"]
    assert both.labels.tolist() == [0, 2, 1]
    assert both.weights.tolist() == [1.0, 0.5, 3.0]
    assert len(both) == 3


def test_weighted_scales_a_copy() -> None:
    plain = two()
    assert plain.weighted(0.5).weights.tolist() == [0.5, 0.25]
    assert plain.weights.tolist() == [1.0, 0.5]


def test_an_unknown_model_lists_the_choices() -> None:
    with pytest.raises(SettingsError, match=r"unknown model 'gpt'; expected one of tfidf, bert"):
        model_kind("gpt")


@pytest.fixture(
    scope="module", params=[pytest.param(k, marks=pytest.mark.slow) if k == "bert" else k for k in BUILDERS]
)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def fitted(kind: str, quick: Settings, backbone: BackboneSettings, examples: Examples) -> Classifier:
    # Twice the epochs: dropout draws other units on another processor, and after three epochs that may decide.
    settings = quick[kind] | ({"epochs": 6, "patience": 6} if kind == "bert" else {})
    model = model_kind(kind).build(settings, backbone, seed=1)
    model.fit(examples, examples)
    return model


def test_every_model_predicts_rows_of_probabilities(fitted: Classifier) -> None:
    probabilities = fitted.predict_proba(["Bitcoin surges", "", "words that no headline had \N{ROCKET}", "x " * 200])
    assert probabilities.shape == (4, 3)
    assert probabilities.dtype.kind == "f"
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_every_model_answers_nothing_with_nothing(fitted: Classifier) -> None:
    assert fitted.predict_proba([]).shape == (0, 3)


def test_every_model_keeps_the_text_order(fitted: Classifier, examples: Examples) -> None:
    texts = list(examples.texts[:20])
    backwards = fitted.predict_proba(texts[::-1])[::-1]
    np.testing.assert_allclose(fitted.predict_proba(texts), backwards, atol=1e-5)


def test_every_model_learns_the_easy_headlines(fitted: Classifier, examples: Examples) -> None:
    predicted = fitted.predict_proba(examples.texts).argmax(axis=1)
    assert (predicted == examples.labels).mean() > 0.9


def test_every_model_survives_saving(fitted: Classifier, kind: str, examples: Examples, tmp_path: Path) -> None:
    fitted.save(tmp_path / "model")
    loaded = model_kind(kind).load(tmp_path / "model")
    np.testing.assert_allclose(
        loaded.predict_proba(examples.texts), fitted.predict_proba(examples.texts), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("tfidf", "C", 0),
        ("tfidf", "word_ngrams", [1]),
        ("tfidf", "gamma", 1),
        ("bert", "lr", -1.0),
        ("bert", "auxiliary", "both"),
        ("bert", "warmup_share", 1.0),
        ("bert", "gamma", 1),
    ],
)
def test_every_model_names_wrong_settings(
    name: str, key: str, value: Any, quick: Settings, backbone: BackboneSettings
) -> None:
    with pytest.raises(SettingsError, match=rf"model\.{name}: {key}"):
        model_kind(name).build({**quick[name], key: value}, backbone, seed=1)


@pytest.mark.parametrize(("name", "key"), [("tfidf", "min_count"), ("bert", "epochs")])
def test_every_model_names_missing_settings(name: str, key: str, quick: Settings, backbone: BackboneSettings) -> None:
    rest = {k: v for k, v in quick[name].items() if k != key}
    with pytest.raises(SettingsError, match=rf"model\.{name}: {key} .*required"):
        model_kind(name).build(rest, backbone, seed=1)
