"""What training writes beside the model: calibration that serving can read."""

import json
from pathlib import Path

import numpy as np
import pytest

from barometer.models.base import Examples, Floats
from barometer.models.calibrate import apply_news_temperature, apply_temperature
from barometer.models.prevalence_fit import fit_prevalence
from barometer.prevalence import from_calibration
from pipelines.tables import write_json
from pipelines.training import calibrate, lost_news

N = 600


def validation(news: bool) -> tuple[Floats, Floats, Examples]:
    """Probabilities, the probability of being news, and targets of which every third is in doubt."""
    rng = np.random.default_rng(1)
    labels = rng.choice(3, N, p=[0.25, 0.3, 0.45])
    sure = np.eye(3)[labels]
    targets = np.where(np.arange(N)[:, None] % 3 == 0, 2 / 3 * sure + 1 / 9, sure)
    logits = 1.5 * sure + rng.normal(size=(N, 3))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    shares = (rng.random(N) > 0.15).astype(float) if news else np.full(N, np.nan)
    told = 1 / (1 + np.exp(-3 * np.nan_to_num(shares) - rng.normal(size=N)))
    return probabilities, told, Examples([""] * N, targets, np.ones(N), shares)


def test_serving_reads_the_index_that_training_wrote(tmp_path: Path) -> None:
    probabilities, news, examples = validation(news=True)
    found = calibrate(probabilities, news, examples, np.random.default_rng(2))
    write_json(tmp_path / "calibration.json", found)
    read = from_calibration(json.loads((tmp_path / "calibration.json").read_text()))
    assert read.weights == pytest.approx(found["index"].weights, abs=1e-6)
    assert read.variance is not None and read.variance > 0 and read.bias_variance > 0
    assert set(found) == {"method", "temperature", "news_temperature", "index", "news_threshold"}


def test_without_news_labels_there_is_no_threshold() -> None:
    probabilities, news, examples = validation(news=False)
    assert "news_threshold" not in calibrate(probabilities, news, examples, np.random.default_rng(2))


def test_doubt_of_annotators_moves_no_calibration() -> None:
    probabilities, news, examples = validation(news=True)
    certain = Examples(examples.texts, np.eye(3)[examples.labels], examples.weights, examples.news)
    doubtful, sure = (calibrate(probabilities, news, e, np.random.default_rng(2)) for e in (examples, certain))
    assert doubtful["temperature"] == sure["temperature"]
    values = [probabilities @ np.array(found["index"].weights) for found in (doubtful, sure)]
    assert abs(values[0].mean() - values[1].mean()) < 0.03


def test_the_index_is_fitted_on_what_counts() -> None:
    probabilities, news, examples = validation(news=True)
    found = calibrate(probabilities, news, examples, np.random.default_rng(2))
    dropped = apply_news_temperature(news, found["news_temperature"]) < found["news_threshold"]
    kept = apply_temperature(probabilities, found["temperature"])[~dropped]
    labels = np.eye(3)[examples.labels][~dropped]
    assert dropped.any() and fit_prevalence(kept, labels, np.random.default_rng(2)) == found["index"]


def test_little_news_of_any_class_is_lost() -> None:
    probabilities, news, examples = validation(news=True)
    found = calibrate(probabilities, news, examples, np.random.default_rng(2))
    lost = lost_news(news, 0.5, examples)
    assert set(lost) == {"negative", "neutral", "positive"} and 0 < found["news_threshold"] < 1
    assert lost["neutral"] == pytest.approx(
        np.mean(news[(examples.labels == 1) & (examples.news == 1)] < 0.5), abs=1e-9
    )
