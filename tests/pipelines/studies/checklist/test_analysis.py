"""From two tables of cases to counts, tests, verdicts and files."""

import json

import numpy as np
import pandas as pd
import pytest

from barometer.checks.cases import HEADLINE, Case, Check
from barometer.checks.run import TestResult
from pipelines.studies.checklist.analysis import Result, compare, metrics, tables
from pipelines.studies.checklist.run import case_table

POSITIVE, NEGATIVE = np.array([[0.1, 0.1, 0.8]]), np.array([[0.9, 0.05, 0.05]])
CHANGED = np.concatenate([POSITIVE, NEGATIVE])


def result(check: Check, probabilities: list[np.ndarray], margins: list[float]) -> TestResult:
    return TestResult(check, probabilities, np.array(margins) > 0, np.array(margins))


def answers(*margins: float) -> list[TestResult]:
    """A test of negation with these margins, one of entities that fails half, one of direction that passes."""
    negation = tuple(Case(f"BTC won't fall {i}%", source=f"p{i % 3}") for i in range(len(margins)))
    entities = (Case("NA, says ETH", "NA, says BTC", HEADLINE), Case("Up, ETH", "Up, BTC", "p"))
    direction = (Case("Kraken; hacked", "Kraken", "p"),)
    return [
        result(
            Check("fall denied", "Negation", "MFT", "not Negative", 0.0, negation),
            [NEGATIVE] * len(margins),
            list(margins),
        ),
        result(Check("other coin", "Entities", "INV", "same class", 0.1, entities), [CHANGED] * 2, [-0.7, 1.0]),
        result(Check("hack added", "Direction", "DIR", "score falls", 0.05, direction), [CHANGED], [1.5]),
    ]


def compared(real_titles: bool = False, maximum: float = 0.5) -> Result:
    cases = {
        "tfidf": case_table(answers(-0.2, -0.1, -0.3, 0.3, -0.2)),
        "bert": case_table(answers(-0.2, 0.1, 0.3, 0.3, 0.2)),
    }
    return compare(
        cases,
        {"tfidf": "abc", "bert": "def"},
        np.random.default_rng(0),
        samples=50,
        maximum=maximum,
        shown=2,
        real_titles=real_titles,
    )


def test_counts_stand_side_by_side() -> None:
    negation = compared().tests[0]
    assert (negation.name, negation.cases, negation.failed) == ("fall denied", 5, {"tfidf": 4, "bert": 1})
    assert negation.alone == {"tfidf": 3, "bert": 0}
    assert negation.p_value == pytest.approx(3 * 2 / 8)  # exact McNemar of 3 against 0, three tests
    assert [test.name for test in compared().tests] == ["fall denied", "other coin", "hack added"]


def test_the_gap_counts_negation_alone() -> None:
    gap = compared().gap
    assert gap.over_cases.value == gap.over_phrasings.value == pytest.approx(0.6)


def test_worst_failures_differ_in_phrasing() -> None:
    worst = compared().tests[0].worst
    assert [failure.text for failure in worst["tfidf"]] == ["BTC won't fall 2%", "BTC won't fall 0%"]
    assert [failure.text for failure in worst["bert"]] == ["BTC won't fall 0%"]
    assert (worst["bert"][0].called, worst["bert"][0].probability) == ("Negative", 0.9)


def test_only_free_titles_are_quoted() -> None:
    assert compared().tests[1].worst == {"tfidf": [], "bert": []}
    (quoted,) = compared(real_titles=True).tests[1].worst["bert"]
    assert (quoted.original, quoted.original_class, quoted.called) == ("NA, says BTC", "Positive", "Negative")
    assert (quoted.original_score, quoted.score) == pytest.approx((0.7, -0.85))


def test_verdicts_follow_the_counts() -> None:
    found = compared()
    assert found.better == {"tfidf": [], "bert": []}  # five cases show nothing
    assert found.may_ship == {"tfidf": False, "bert": True}
    assert found.unreliable == ["tfidf"]
    assert [(group.capability, group.tests) for group in found.groups] == [
        ("Negation", 1), ("Entities", 1), ("Direction", 1)
    ]  # fmt: skip


def test_metrics_hold_gap_and_models() -> None:
    found = metrics(compared())
    assert found["negation_gap"]["over_cases"].keys() == {"value", "low", "high"}  # type: ignore[index]
    assert found["failure_rate"]["tfidf"] == {  # type: ignore[index]
        "minimum_functionality": 0.8, "invariance": 0.5, "direction": 0, "negation": 0.8
    }  # fmt: skip
    assert found["tests_passed_better"] == {"tfidf": 0, "bert": 0}


def test_each_model_has_its_files() -> None:
    files = tables(compared())
    model = json.loads(json.dumps(files["tfidf/metrics.json"]))
    assert model["model_version"] == "abc"
    assert model["minimum_functionality"] == {"failure_rate": 0.8, "maximum": 0.5, "reached": 0}
    assert model["tests"] == {"fall_denied": 0.8, "other_coin": 0.5, "hack_added": 0}
    rates = files["tfidf/failure_rates.csv"]
    assert isinstance(rates, pd.DataFrame)
    row = rates.iloc[0]
    assert (row["cases"], row["failures"], row["failure_rate"]) == (5, 4, 0.8)
    assert (row["low"], row["high"]) == pytest.approx((0.3755, 0.9638), abs=1e-4)
    both = files["failure_rates.csv"]
    assert list(both) == [
        "test", "capability", "kind", "expected", "cases", "tfidf", "bert", "tfidf_only", "bert_only", "p_value"
    ]  # fmt: skip
