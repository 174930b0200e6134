"""Failure rates, their intervals, and the threshold."""

import numpy as np
import pytest

from barometer.checks.check import Case, Kind
from barometer.checks.results import (
    Outcome,
    TestResult,
    mean_failure_rate,
    minimum_functionality,
    wilson,
)


def result(name: str, failures: int, cases: int = 10, kind: Kind = "MFT", capability: str = "Negation") -> TestResult:
    outcomes = tuple(
        Outcome(Case(f"{name} {i}"), np.full((1, 3), 1 / 3), i >= failures, -0.1 * i if i < failures else 1.0)
        for i in range(cases)
    )
    return TestResult(name, capability, kind, "not Negative", outcomes)


def test_a_result_counts_its_failures_and_shows_the_worst_first() -> None:
    found = result("a", failures=3, cases=12)
    assert (found.cases, found.failures, found.failure_rate) == (12, 3, 0.25)
    assert [outcome.case.text for outcome in found.examples] == ["a 2", "a 1", "a 0"]


def test_the_score_interval_is_wilsons() -> None:
    found = wilson(10, 100)  # Wilson's formula worked out with z = 1.959964
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.0552291, 0.1743657), abs=1e-6)
    assert wilson(0, 200).low == 0 and 0.018 < wilson(0, 200).high < 0.019


def test_tests_count_the_same_whatever_their_size() -> None:
    results = [result("a", 5, 10), result("b", 0, 90), result("c", 9, 10, kind="INV", capability="Entities")]
    assert mean_failure_rate(results, kind="MFT") == 0.25
    assert mean_failure_rate(results, capability="Entities") == 0.9
    with pytest.raises(ValueError, match="no test of kind 'DIR'"):
        mean_failure_rate(results, kind="DIR")


@pytest.mark.parametrize(("maximum", "passed", "word"), [(0.31, True, "reached"), (0.29, False, "missed")])
def test_the_threshold_counts_minimum_functionality_alone(maximum: float, passed: bool, word: str) -> None:
    results = [result("a", 2), result("b", 4), result("c", 10, kind="INV")]
    found, reason = minimum_functionality(results, maximum)
    assert found is passed
    assert reason.startswith(f"minimum functionality {word}: 30.0% of the cases fail, {maximum:.1%} may")
    assert reason.endswith("worst is 'b' with 40.0%")
