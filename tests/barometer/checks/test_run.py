"""Models with known faults fail the tests that name them, and the library judges as documented."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from barometer.checks.cases import Case, Check, Predict, Probabilities
from barometer.checks.run import TestResult, mean_failure_rate, results, run_checks, run_suite, summary
from barometer.checks.templates import slots

Answers = Callable[[Callable[[str], int]], Predict]


def rates(found: Sequence[TestResult], kind: str) -> dict[str, float]:
    return {result.check.name: result.failure_rate for result in found if result.check.kind == kind}


def test_every_text_is_predicted_once(suite: list[Check]) -> None:
    asked: list[str] = []

    def predict(texts: Sequence[str]) -> Probabilities:
        asked.extend(texts)
        return np.full((len(texts), 3), 1 / 3)

    run_checks(predict, suite)
    assert (
        len(asked) == len(set(asked)) == len({text for check in suite for case in check.cases for text in case.texts})
    )


def test_always_neutral_fails_what_demands(suite: list[Check], answers: Answers) -> None:
    found = run_checks(answers(lambda text: 1), suite)
    functionality = rates(found, "MFT")
    assert {name for name, rate in functionality.items() if rate == 1} == {
        result.check.name for result in found if result.check.demand in {"Positive", "Negative"}
    }
    assert set(functionality.values()) == {0, 1} and set(rates(found, "INV").values()) == {0}
    direction = rates(found, "DIR")
    assert direction["hack added"] == direction["approval added"] == 1
    assert direction["negation added to a fall"] == direction["negation added to a rise"] == 1
    assert sum(direction.values()) == 4


def test_reading_words_alone_fails_negation(suite: list[Check], answers: Answers) -> None:
    falls = [form for verb in slots()["fall"] if not isinstance(verb, str) for form in verb.values()]
    rises = [form for verb in slots()["rise"] if not isinstance(verb, str) for form in verb.values()]

    def words(text: str) -> int:
        found = set(text.split())
        return 0 if found & set(falls) else 2 if found & set(rises) else 1

    found = rates(run_checks(answers(words), suite), "MFT")
    assert min(found["fall negated by a modal"], found["rise negated by a modal"]) > 0.8
    assert found["simple neutral statements"] == 0


def test_reading_capitals_fails_case(suite: list[Check], answers: Answers) -> None:
    found = rates(run_checks(answers(lambda text: 2 if text.isupper() else 0 if text.islower() else 1), suite), "INV")
    assert found["upper and lower case"] > 0.3
    assert found["other person"] == found["contractions"] == found["other currency"] == 0


def test_liking_one_coin_fails_coins(suite: list[Check], answers: Answers) -> None:
    found = rates(run_checks(answers(lambda text: 2 if "Bitcoin" in text or "BTC" in text else 1), suite), "INV")
    assert found["other coin"] > 0.05
    assert found["other amount"] == found["other city"] == found["punctuation"] == 0


def test_reading_hacks_passes_hack_added(suite: list[Check], answers: Answers) -> None:
    found = rates(run_checks(answers(lambda text: 0 if "hack" in text.lower() else 2), suite), "DIR")
    assert found["hack added"] == 0


def one_pair(before: list[float], after: list[float], **demanded: object) -> TestResult:
    """The result of a test of one pair with these probabilities."""
    check = Check("x", "Entities", cases=(Case("after", "before"),), **demanded)  # type: ignore[arg-type]
    answers = {"before": before, "after": after}
    return run_checks(lambda texts: np.array([answers[text] for text in texts]), [check])[0]


@pytest.mark.parametrize(
    ("before", "after", "passes"),
    [
        ([0.7, 0.2, 0.1], [0.5, 0.4, 0.1], True),  # same class, though less sure of it
        ([0.7, 0.2, 0.1], [0.1, 0.1, 0.8], False),
        ([0.45, 0.40, 0.15], [0.40, 0.45, 0.15], True),  # another class, but within the tolerance
        ([0.55, 0.40, 0.05], [0.40, 0.55, 0.05], False),
    ],
)
def test_classes_change_within_the_tolerance(before: list[float], after: list[float], passes: bool) -> None:
    found = one_pair(before, after, kind="INV", demand="same class", tolerance=0.1)
    assert bool(found.passed[0]) is passes
    assert found.margins[0] == pytest.approx(1 if passes else -abs(after[0] - before[0]))
    np.testing.assert_array_equal(found.probabilities[0], [before, after])


def test_a_demand_barely_met_passes() -> None:
    tie = [0.4, 0.2, 0.4]
    check = Check("x", "Numbers", "MFT", "Positive", 0.0, (Case("tie"),))
    assert run_checks(lambda texts: np.array([tie]), [check])[0].failures == 0
    even = one_pair([0.5, 0.25, 0.25], [0.25, 0.5, 0.25], kind="DIR", demand="score rises", tolerance=0.25)
    assert even.failures == 0


def test_margins_say_how_badly() -> None:
    found = one_pair([0.1, 0.8, 0.1], [0.3, 0.6, 0.1], kind="DIR", demand="score rises", tolerance=0.05)
    assert (found.failures, found.failure_rate) == (1, 1.0) and found.margins[0] == pytest.approx(-0.25)


def test_tests_count_the_same() -> None:
    few = Check("few", "Negation", "MFT", "not Negative", 0.0, (Case("bad"), Case("good")))
    many = Check("many", "Negation", "MFT", "not Negative", 0.0, tuple(Case(f"good {i}") for i in range(8)))
    found = run_checks(lambda texts: np.eye(3)[[0 if text == "bad" else 1 for text in texts]], [few, many])
    assert mean_failure_rate(found) == 0.25  # not 1 of 10


def test_the_library_sums_up(suite: list[Check], answers: Answers) -> None:
    ran = run_suite(answers(lambda text: 1), suite)
    text = summary(ran, 1, np.random.default_rng(0))
    found = {result.check.name: result for result in results(ran, suite)}
    assert "Test cases:      20" in text and found.keys() <= set(text.splitlines())
    assert text == summary(ran, 1, np.random.default_rng(0))
    part = text[text.index("hack added") :]
    assert part.splitlines()[2] == f"Fails (rate):    20 ({100 * found['hack added'].failure_rate:.1f}%)"
