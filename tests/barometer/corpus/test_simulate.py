"""Simulated annotators are seeded, differ in skill, and are unsure where a headline is hard."""

import numpy as np
import pytest

from barometer.corpus.simulate import ANNOTATORS, SimulatedAnnotator, simulate_votes

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


def test_doubt_blends_each_row_with_the_habit() -> None:
    annotator = SimulatedAnnotator(((1, 0, 0), (0, 1, 0), (0, 0, 1)), (0, 1, 0), doubt=0.25)
    np.testing.assert_allclose(annotator.chances(hard=True), [[0.75, 0.25, 0], [0, 1, 0], [0, 0.25, 0.75]])
    np.testing.assert_allclose(annotator.chances(hard=False), np.eye(3))


def test_the_same_generator_gives_the_same_votes() -> None:
    first, again, other = (simulate_votes(LABELS, EASY, np.random.default_rng(seed)) for seed in (1, 1, 2))
    for name in ANNOTATORS:
        np.testing.assert_array_equal(first[name], again[name])
        assert (first[name] != other[name]).any()


def test_votes_are_drawn_with_the_stated_chances() -> None:
    votes = simulate_votes(LABELS, EASY, np.random.default_rng(0))
    for name, annotator in ANNOTATORS.items():
        drawn = [np.bincount(votes[name][label == LABELS], minlength=3) / 2000 for label in range(3)]
        np.testing.assert_allclose(drawn, annotator.confusion, atol=0.03)


def test_the_careful_annotator_is_the_most_accurate() -> None:
    found = accuracies(hard=False)
    assert found["annotator_1"] > max(found["annotator_2"], found["annotator_3"])


def test_hard_headlines_are_harder_for_everyone() -> None:
    easy, hard = accuracies(hard=False), accuracies(hard=True)
    assert all(hard[name] < easy[name] - 0.1 for name in ANNOTATORS)


def test_no_headlines_give_no_votes() -> None:
    votes = simulate_votes(LABELS[:0], EASY[:0], np.random.default_rng(0))
    assert [len(drawn) for drawn in votes.values()] == [0, 0, 0]
