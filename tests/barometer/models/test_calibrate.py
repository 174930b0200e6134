"""The threshold loses little news of any class, and the area is that of the curve."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from barometer.models.base import Examples, Floats
from barometer.models.calibrate import (
    apply_news_temperature,
    apply_temperature,
    area_under_curve,
    calibrate,
    called_news,
    choose_threshold,
    fit_news_temperature,
    fit_temperature,
    lost_news,
)
from barometer.models.prevalence_fit import fit_prevalence
from barometer.prevalence import from_calibration
from pipelines.tables import write_json

POWERS = np.array([[1, 4, 16]]) / 21


@pytest.fixture
def probabilities() -> Floats:
    return np.random.default_rng(0).dirichlet([0.7, 0.7, 0.7], size=300)


def test_temperature_one_changes_nothing(probabilities: Floats) -> None:
    np.testing.assert_allclose(apply_temperature(probabilities, 1.0), probabilities, atol=1e-9)


def test_temperature_two_takes_square_roots() -> None:
    np.testing.assert_allclose(apply_temperature(POWERS, 2.0), np.array([[1, 2, 4]]) / 7)


def test_temperature_one_half_squares() -> None:
    np.testing.assert_allclose(apply_temperature(POWERS, 0.5), np.array([[1, 16, 256]]) / 273)


def test_higher_temperatures_soften(probabilities: Floats) -> None:
    confidence = [apply_temperature(probabilities, t).max(axis=1).mean() for t in (0.5, 1.0, 2.0, 4.0)]
    assert confidence == sorted(confidence, reverse=True)


@pytest.mark.parametrize("temperature", [0.25, 0.9, 3.0, 8.0])
def test_the_arg_max_never_changes(probabilities: Floats, temperature: float) -> None:
    scaled = apply_temperature(probabilities, temperature)
    assert (scaled.argmax(axis=1) == probabilities.argmax(axis=1)).all()


def test_certainty_stays_finite() -> None:
    scaled = apply_temperature(np.array([[1.0, 0.0, 0.0]]), 2.0)
    np.testing.assert_allclose(scaled, [[1, 0, 0]], atol=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_fit_recovers_a_known_temperature(probabilities: Floats, temperature: float) -> None:
    targets = apply_temperature(probabilities, temperature)
    assert fit_temperature(probabilities, targets) == pytest.approx(temperature, rel=1e-3)


def test_drawn_labels_recover_the_temperature() -> None:
    rng = np.random.default_rng(1)
    true = rng.dirichlet([1, 1, 1], size=5000)
    drawn = (rng.random((5000, 1)) > true.cumsum(axis=1)).sum(axis=1)
    overconfident = apply_temperature(true, 0.5)
    assert fit_temperature(overconfident, np.eye(3)[drawn]) == pytest.approx(2.0, rel=0.06)


def test_the_fit_stays_within_its_bounds(probabilities: Floats) -> None:
    all_failed = np.full_like(probabilities, 1 / 3)
    assert fit_temperature(probabilities, all_failed) == pytest.approx(8.0, rel=1e-2)


def test_models_without_news_keep_ones() -> None:
    shares = np.array([1.0, 0.0, 1.0, np.nan])
    assert fit_news_temperature(np.ones(4), shares) == 1.0
    assert fit_news_temperature(np.array([0.9, 0.6, 0.99, 0.5]), shares) != 1.0


LABELS = np.arange(600) % 3


def news_of_classes(rng: np.random.Generator) -> tuple["np.ndarray", "np.ndarray"]:
    """Probabilities and shares of 600 headlines, a tenth no news; those of class 1 look the least like news."""
    shares = (rng.random(600) > 0.1).astype(float)
    logits = 2.5 * shares - 1.2 * (LABELS == 1) + rng.normal(size=600)
    return 1 / (1 + np.exp(-logits)), shares


@pytest.mark.parametrize("most_lost", [0.0, 0.02, 0.1])
def test_no_class_loses_more_than_allowed(most_lost: float) -> None:
    news, shares = news_of_classes(np.random.default_rng(1))
    threshold = choose_threshold(news, shares, LABELS, most_lost)
    assert threshold is not None
    lost = [(news[(shares == 1) & (c == LABELS)] < threshold).mean() for c in range(3)]
    assert max(lost) <= most_lost
    higher = np.nextafter(np.sort(news[news > threshold])[0], 1)
    assert max((news[(shares == 1) & (c == LABELS)] < higher).mean() for c in range(3)) >= min(most_lost, max(lost))


def test_a_stricter_limit_lowers_the_threshold() -> None:
    news, shares = news_of_classes(np.random.default_rng(1))
    found = [choose_threshold(news, shares, LABELS, lost) or 0 for lost in (0.0, 0.02, 0.1, 0.3)]
    assert found == sorted(found) and found[0] < found[-1]


def test_unasked_headlines_change_nothing() -> None:
    news, shares = news_of_classes(np.random.default_rng(1))
    with_unasked = np.append(shares, [np.nan] * 50)
    found = choose_threshold(np.append(news, np.zeros(50)), with_unasked, np.append(LABELS, np.zeros(50)))
    assert found == choose_threshold(news, shares, LABELS)


@pytest.mark.parametrize("shares", [np.full(600, np.nan), np.ones(600), np.zeros(600)])
def test_one_kind_gives_no_threshold(shares: "np.ndarray") -> None:
    assert choose_threshold(np.linspace(0, 1, 600), shares, LABELS) is None


def test_constant_predictions_give_no_threshold() -> None:
    assert choose_threshold(np.ones(600), news_of_classes(np.random.default_rng(1))[1], LABELS) is None


def test_half_of_those_asked_decide() -> None:
    assert called_news(np.array([1, 0.5, 0.4, np.nan])).tolist() == [True, True, False, False]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.5, 0.9]), st.booleans()), min_size=2, max_size=40))
def test_the_area_is_scikit_learns(rows: list[tuple[float, bool]]) -> None:
    news, real = np.array([p for p, _ in rows]), np.array([r for _, r in rows])
    if real.all() or not real.any():
        with pytest.raises(ValueError, match="a ROC curve needs both"):
            area_under_curve(news, real)
        return
    found = area_under_curve(news, real)
    assert found.value == pytest.approx(roc_auc_score(real, news))
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_interval_matches_the_papers_example() -> None:
    # Area .893 of 51 and 58: standard error .0325 by equation 2, with Q1 and Q2 of the exponential model.
    others = np.arange(1, 59) / 100
    news = np.array([1.0] * 45 + [0.32] + [-1.0] * 5)
    found = area_under_curve(np.append(news, others), np.repeat([True, False], [51, 58]))
    assert found.value == pytest.approx(0.893, abs=5e-4)
    assert (found.value - found.low) / 1.96 == pytest.approx(0.0325, abs=1e-4)


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


def test_serving_reads_the_trained_index(tmp_path: Path) -> None:
    probabilities, news, examples = validation(news=True)
    found = calibrate(probabilities, news, examples, np.random.default_rng(2))
    write_json(tmp_path / "calibration.json", found)
    read = from_calibration(json.loads((tmp_path / "calibration.json").read_text()))
    assert read.weights == pytest.approx(found["index"].weights, abs=1e-6)
    assert read.variance is not None and read.variance > 0 and read.bias_variance > 0
    assert set(found) == {"method", "temperature", "news_temperature", "index", "news_threshold"}


def test_no_news_labels_no_threshold() -> None:
    probabilities, news, examples = validation(news=False)
    assert "news_threshold" not in calibrate(probabilities, news, examples, np.random.default_rng(2))


def test_doubt_of_annotators_moves_no_calibration() -> None:
    probabilities, news, examples = validation(news=True)
    certain = Examples(examples.texts, np.eye(3)[examples.labels], examples.weights, examples.news)
    doubtful, sure = (calibrate(probabilities, news, e, np.random.default_rng(2)) for e in (examples, certain))
    assert doubtful["temperature"] == sure["temperature"]
    values = [probabilities @ np.array(found["index"].weights) for found in (doubtful, sure)]
    assert abs(values[0].mean() - values[1].mean()) < 0.03


def test_the_index_fits_what_counts() -> None:
    probabilities, news, examples = validation(news=True)
    found = calibrate(probabilities, news, examples, np.random.default_rng(2))
    dropped = apply_news_temperature(news, found["news_temperature"]) < found["news_threshold"]
    kept = apply_temperature(probabilities, found["temperature"])[~dropped]
    labels = np.eye(3)[examples.labels][~dropped]
    assert dropped.any() and fit_prevalence(kept, labels, np.random.default_rng(2)) == found["index"]


def test_little_news_is_lost_per_class() -> None:
    probabilities, news, examples = validation(news=True)
    found = calibrate(probabilities, news, examples, np.random.default_rng(2))
    lost = lost_news(news, 0.5, examples)
    assert set(lost) == {"negative", "neutral", "positive"} and 0 < found["news_threshold"] < 1
    assert lost["neutral"] == pytest.approx(
        np.mean(news[(examples.labels == 1) & (examples.news == 1)] < 0.5), abs=1e-9
    )
