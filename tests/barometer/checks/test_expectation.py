"""What each demand lets pass, on probabilities worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.checks.expectation import Demand, is_class, is_not, moves, never_weakens, same_class
from barometer.labels import Label

NEGATIVE, NEUTRAL, POSITIVE = [0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]


def margin(demand: Demand, *rows: list[float]) -> float:
    return demand.margin(np.array(rows))


@pytest.mark.parametrize(
    ("demand", "row", "expected"),
    [
        (is_class(Label.NEGATIVE), NEGATIVE, 0.5),
        (is_class(Label.NEGATIVE), NEUTRAL, -0.4),
        (is_class(Label.POSITIVE), POSITIVE, 0.7),
        (is_not(Label.NEGATIVE), NEGATIVE, -0.5),
        (is_not(Label.NEGATIVE), NEUTRAL, 0.4),
        (is_not(Label.POSITIVE), POSITIVE, -0.7),
    ],
)
def test_the_margin_of_a_class_is_its_lead(demand: Demand, row: list[float], expected: float) -> None:
    assert margin(demand, row) == pytest.approx(expected)


def test_the_words_name_the_class() -> None:
    assert (is_class(Label.NEUTRAL).words, is_not(Label.POSITIVE).words) == ("Neutral", "not Positive")


@pytest.mark.parametrize(
    ("before", "after", "passes"),
    [
        (NEGATIVE, [0.5, 0.4, 0.1], True),  # same class, though less sure of it
        (NEGATIVE, POSITIVE, False),
        ([0.45, 0.40, 0.15], [0.40, 0.45, 0.15], True),  # another class, but within the tolerance
        ([0.55, 0.40, 0.05], [0.40, 0.55, 0.05], False),
    ],
)
def test_a_class_may_change_only_within_the_tolerance(before: list[float], after: list[float], passes: bool) -> None:
    assert (margin(same_class(0.1), before, after) >= 0) is passes


def test_invariance_is_that_of_the_checklist_library() -> None:
    from barometer.checks.library import load

    rng = np.random.default_rng(0)
    expectation = load("checklist.expect").Expect.inv(0.1)
    pairs = rng.dirichlet(np.ones(3), size=(300, 2))
    test = load("checklist.test_types").INV([["a", "b"]] * len(pairs), expect=expectation)
    flat = pairs.reshape(-1, 3)
    test.run(lambda texts: (flat.argmax(axis=1), flat), verbose=False)
    own = [same_class(0.1).margin(pair) >= 0 for pair in pairs]
    np.testing.assert_array_equal(own, test.results.passed)
    assert 30 < sum(own) < 270


@pytest.mark.parametrize(
    ("direction", "before", "after", "passes"),
    [
        (-1, POSITIVE, NEUTRAL, True),
        (-1, NEUTRAL, POSITIVE, False),
        (-1, NEUTRAL, [0.22, 0.58, 0.20], False),  # moves the right way, but by 0.02 only
        (1, NEUTRAL, [0.10, 0.60, 0.30], True),
        (-1, [0.95, 0.03, 0.02], [0.95, 0.03, 0.02], True),  # no room left to fall
        (-1, [0.95, 0.03, 0.02], [0.80, 0.10, 0.10], False),
    ],
)
def test_news_must_move_the_score_unless_it_has_no_room(
    direction: int, before: list[float], after: list[float], passes: bool
) -> None:
    assert (margin(moves(direction, 0.05), before, after) >= 0) is passes


def test_a_stronger_word_may_weaken_the_score_only_within_the_tolerance() -> None:
    demand = never_weakens(-1, 0.05)
    assert margin(demand, NEGATIVE, NEGATIVE) == pytest.approx(0.05)
    assert margin(demand, NEGATIVE, [0.66, 0.22, 0.12]) < 0
    assert margin(never_weakens(1, 0.0), POSITIVE, POSITIVE) >= 0


@given(st.integers(0, 2), st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_a_text_is_of_a_class_or_is_not(label: int, weights: list[float]) -> None:
    row = np.array([weights]) / sum(weights)
    assert is_class(Label(label)).margin(row) == -is_not(Label(label)).margin(row)
