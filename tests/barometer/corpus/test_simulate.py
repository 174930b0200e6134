"""Simulated annotators are seeded, differ in skill, and are unsure where a headline is hard."""

import numpy as np
import pandas as pd
import pytest

from barometer.corpus.simulate import (
    ANNOTATORS,
    NEWS_EFFECTS,
    SimulatedAnnotator,
    daily_surprise,
    fear_greed_table,
    price_table,
    simulate_fear_greed,
    simulate_returns,
    simulate_votes,
)

LABELS = np.arange(6000) % 3
EASY = np.zeros(6000, dtype=bool)


def accuracies(hard: bool) -> dict[str, float]:
    votes = simulate_votes(LABELS, EASY | hard, np.random.default_rng(0))
    return {name: float((drawn == LABELS).mean()) for name, drawn in votes.items()}


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("name", ANNOTATORS)
def test_chances_are_distributions(name: str, hard: bool) -> None:
    chances = ANNOTATORS[name].chances(hard)
    assert chances.shape == (3, 3)
    assert (chances >= 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)


def test_doubt_blends_rows_with_habit() -> None:
    annotator = SimulatedAnnotator(((1, 0, 0), (0, 1, 0), (0, 0, 1)), (0, 1, 0), doubt=0.25)
    np.testing.assert_allclose(annotator.chances(hard=True), [[0.75, 0.25, 0], [0, 1, 0], [0, 0.25, 0.75]])
    np.testing.assert_allclose(annotator.chances(hard=False), np.eye(3))


def test_one_generator_gives_the_same_votes() -> None:
    first, again, other = (simulate_votes(LABELS, EASY, np.random.default_rng(seed)) for seed in (1, 1, 2))
    for name in ANNOTATORS:
        np.testing.assert_array_equal(first[name], again[name])
        assert (first[name] != other[name]).any()


def test_votes_follow_the_stated_chances() -> None:
    votes = simulate_votes(LABELS, EASY, np.random.default_rng(0))
    for name, annotator in ANNOTATORS.items():
        drawn = [np.bincount(votes[name][label == LABELS], minlength=3) / 2000 for label in range(3)]
        np.testing.assert_allclose(drawn, annotator.confusion, atol=0.03)


def test_the_careful_annotator_is_most_accurate() -> None:
    found = accuracies(hard=False)
    assert found["annotator_1"] > max(found["annotator_2"], found["annotator_3"])


def test_hard_headlines_are_harder_for_everyone() -> None:
    easy, hard = accuracies(hard=False), accuracies(hard=True)
    assert all(hard[name] < easy[name] - 0.1 for name in ANNOTATORS)


def test_no_headlines_give_no_votes() -> None:
    votes = simulate_votes(LABELS[:0], EASY[:0], np.random.default_rng(0))
    assert [len(drawn) for drawn in votes.values()] == [0, 0, 0]


DAYS = pd.date_range("2015-01-01", periods=4000)


def correlations(x: "np.ndarray", y: "np.ndarray", lags: range) -> list[float]:
    """Correlation of x(t) with y(t + lag)."""
    inner = slice(10, len(x) - 10)
    return [float(np.corrcoef(x[inner], np.roll(y, -lag)[inner])[0, 1]) for lag in lags]


def autocorrelated_news(rng: np.random.Generator) -> tuple[pd.DataFrame, "np.ndarray"]:
    """Ten headlines a day whose chance to be positive wanders, and the mean label of each day."""
    mood = np.zeros(len(DAYS))
    for t in range(1, len(mood)):
        mood[t] = 0.7 * mood[t - 1] + rng.normal(0, 0.5)
    labels = 2 * (rng.random((len(DAYS), 10)) < 1 / (1 + np.exp(-mood[:, None])))
    return pd.DataFrame({"date": np.repeat(DAYS, 10), "label": labels.ravel()}), labels.mean(axis=1)


def test_returns_follow_surprise_at_built_lags() -> None:
    rng = np.random.default_rng(1)
    surprise = rng.standard_normal(len(DAYS))
    found = correlations(surprise, simulate_returns(surprise, rng), range(-3, 4))
    # Changing volatility takes something from every correlation.
    assert found[3:5] == pytest.approx([NEWS_EFFECTS[0], NEWS_EFFECTS[1]], abs=0.12)
    assert np.abs([*found[:3], *found[5:]]).max() < 0.06


def test_autocorrelation_does_not_spread_to_lags() -> None:
    rng = np.random.default_rng(2)
    news, mood = autocorrelated_news(rng)
    assert correlations(mood, mood, range(1, 2))[0] > 0.3
    found = correlations(mood, simulate_returns(daily_surprise(news, DAYS), rng), range(-3, 4))
    assert min(found[3:5]) > 0.2
    assert np.abs([*found[:3], *found[5:]]).max() < 0.06


def test_surprise_is_scaled_zero_without_news() -> None:
    rng = np.random.default_rng(3)
    news, _ = autocorrelated_news(rng)
    days = DAYS.append(pd.date_range(DAYS[-1], periods=20)[1:])
    surprise = daily_surprise(news[news["date"] != DAYS[100]], days)
    assert surprise[100] == 0
    assert not surprise[len(DAYS) :].any()
    used = np.delete(surprise[: len(DAYS)], 100)
    assert np.mean(used**2) == pytest.approx(1)


def test_volatility_clusters() -> None:
    rng = np.random.default_rng(4)
    returns = simulate_returns(rng.standard_normal(len(DAYS)), rng)
    size = np.abs(returns)
    assert min(correlations(size, size, range(1, 6))) > 0.1


def test_an_index_ignores_its_own_day() -> None:
    returns = np.random.default_rng(5).normal(0, 0.03, len(DAYS))
    index = simulate_fear_greed(returns, np.random.default_rng(6))
    assert index.min() >= 0 and index.max() <= 100
    same, next_ = correlations(returns, np.diff(index, prepend=50), range(2))
    assert same == pytest.approx(0, abs=0.06)
    assert next_ > 0.5


def test_tables_match_the_real_files() -> None:
    rng = np.random.default_rng(7)
    returns = rng.normal(0, 0.03, 50)
    table = price_table(DAYS[:50], returns, rng)
    assert np.diff(np.log(table["close"])) == pytest.approx(returns[1:], abs=1e-4)
    assert (table["low"] <= table[["open", "close"]].min(axis=1)).all()
    assert (table["high"] >= table[["open", "close"]].max(axis=1)).all()
    names = fear_greed_table(DAYS[:6], np.array([0, 24, 25, 50, 75, 76]))["class"].tolist()
    assert names == ["Extreme Fear", "Extreme Fear", "Fear", "Neutral", "Greed", "Extreme Greed"]
