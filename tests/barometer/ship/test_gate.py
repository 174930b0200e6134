"""The gate stops what is worse beyond chance, and nothing else."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from barometer.models.base import Floats
from barometer.ship.gate import gate, majority_baseline, with_functionality

LABELS = np.arange(300) % 3


def answers(predicted: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Floats:
    """Probabilities whose arg max is `predicted`."""
    return 0.1 + 0.7 * np.eye(3)[predicted]


def with_errors(*wrong: int) -> Floats:
    """A model that is right but for the texts at these places."""
    predicted = LABELS.copy()
    predicted[list(wrong)] = (predicted[list(wrong)] + 1) % 3
    return answers(predicted)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_same_model_passes(rng: np.random.Generator) -> None:
    model = with_errors(*range(30))
    result = gate(LABELS, model, model, rng, samples=200)
    assert result.passed
    assert (result.accuracy_difference.value, result.macro_f1_difference.high) == (0, 0)


def test_a_better_model_passes(rng: np.random.Generator) -> None:
    result = gate(LABELS, with_errors(), with_errors(*range(60)), rng, samples=200)
    assert result.passed and result.accuracy_difference.value == pytest.approx(0.2)
    assert result.accuracy_difference.low > 0


def test_a_clearly_worse_model_says_why(rng: np.random.Generator) -> None:
    result = gate(LABELS, with_errors(*range(60)), with_errors(), rng, samples=200)
    assert not result.passed
    assert result.accuracy_difference.value == pytest.approx(-0.2)
    assert "accuracy -0.200 [" in result.reason and "macro-F1 -0.2" in result.reason


def test_worse_within_the_interval_passes(rng: np.random.Generator) -> None:
    result = gate(LABELS, with_errors(*range(11)), with_errors(*range(100, 110)), rng, samples=500)
    assert result.accuracy_difference.value < 0 < result.accuracy_difference.high
    assert result.passed and result.reason == "not worse beyond the interval"


def test_losing_a_rare_class_fails(rng: np.random.Generator) -> None:
    labels = np.array([1] * 280 + [0] * 20)
    champion, challenger = labels.copy(), np.ones_like(labels)
    champion[:20] = 0  # pays for the rare class with as many errors, so accuracy is the same
    result = gate(labels, answers(challenger), answers(champion), rng, samples=500)
    assert result.accuracy_difference.value == 0
    assert not result.passed and "macro-F1" in result.reason and "accuracy" not in result.reason


def test_one_seed_gives_the_same_decision() -> None:
    one, two = (
        gate(LABELS, with_errors(*range(20)), with_errors(*range(40, 55)), np.random.default_rng(7), samples=100)
        for _ in range(2)
    )
    assert one == two


def test_the_result_is_plain_data(rng: np.random.Generator) -> None:
    content = json.loads(json.dumps(asdict(gate(LABELS, with_errors(1), with_errors(), rng, samples=100))))
    assert set(content) == {"passed", "reason", "accuracy_difference", "macro_f1_difference", "functionality"}
    assert content["accuracy_difference"]["low"] <= content["accuracy_difference"]["high"]


def test_the_baseline_answers_class_shares() -> None:
    rows = majority_baseline(np.array([1, 1, 1, 0]), 5)
    np.testing.assert_array_equal(rows, [[0.25, 0.75, 0.0]] * 5)


def test_only_worse_models_lose_to_baselines(
    rng: np.random.Generator,
) -> None:
    labels = np.array([1] * 200 + [0] * 50 + [2] * 50)
    baseline = majority_baseline(labels, len(labels))
    assert gate(labels, answers(np.ones_like(labels)), baseline, rng, samples=200).passed
    assert not gate(labels, answers(np.zeros_like(labels)), baseline, rng, samples=200).passed


@pytest.mark.parametrize(
    ("rate", "passed", "words"),
    [
        (0.4, True, "reached: 40.0% "),
        (0.5, True, "reached"),
        (0.51, False, "missed: 51.0% of the cases fail, 50.0% may"),
    ],
)
def test_failing_behavioural_tests_stop_a_model(
    rng: np.random.Generator, rate: float, passed: bool, words: str
) -> None:
    better = gate(LABELS, with_errors(), with_errors(*range(60)), rng, samples=200)
    result = with_functionality(better, rate, 0.5)
    assert result.passed is passed and words in result.functionality
    assert result.accuracy_difference == better.accuracy_difference and result.reason == better.reason


def test_behavioural_tests_do_not_save_models(rng: np.random.Generator) -> None:
    worse = gate(LABELS, with_errors(*range(60)), with_errors(), rng, samples=200)
    assert not with_functionality(worse, 0.0, 0.5).passed


def test_the_sentence_names_rival_and_yardstick(rng: np.random.Generator) -> None:
    result = gate(LABELS, with_errors(), with_errors(), rng, samples=100)
    assert result.sentence("champion 3", "fresh") == "against champion 3 on fresh: not worse beyond the interval"
    sentence = with_functionality(result, 0.01, 0.05).sentence("champion 3", "fresh")
    assert sentence.endswith("of the cases fail, 5.0% may")
