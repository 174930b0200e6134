"""The suite catches what it is meant to catch: models with known faults fail the tests that name them."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from barometer.checks.check import HEADLINE, Check
from barometer.checks.expectation import Probabilities
from barometer.checks.lexicon import LEXICON
from barometer.checks.results import TestResult, minimum_functionality
from barometer.checks.settings import ChecklistSettings
from barometer.checks.suite import Predict, build_suite, functionality_checks, run_checks, run_suite

from .conftest import SEED

Answers = Callable[[Callable[[str], int]], Predict]


def rates(results: Sequence[TestResult], kind: str) -> dict[str, float]:
    return {result.name: result.failure_rate for result in results if result.kind == kind}


def test_the_suite_has_its_tests_and_each_its_distinct_cases(suite: list[Check]) -> None:
    assert Counter(check.kind for check in suite) == {"MFT": 22, "INV": 14, "DIR": 8}
    assert len({check.name for check in suite}) == len(suite)
    for check in suite:
        assert len({case.texts for case in check.cases}) == len(check.cases) == 20, check.name
        assert all(bool(case.original) is (check.kind != "MFT") for case in check.cases), check.name
        assert all(case.text != case.original for case in check.cases), check.name


def test_held_out_headlines_make_up_to_half_of_the_cases_of_changes(
    suite: list[Check], headlines: list[tuple[str, int]]
) -> None:
    titles = {text for text, _ in headlines}
    shares = {check.name: sum(case.source == HEADLINE for case in check.cases) for check in suite}
    assert {name for name, count in shares.items() if count == 10} >= {"other coin", "swapped letters", "hack added"}
    assert max(shares.values()) == 10 and shares["other person"] == shares["fall held unlikely"] == 0
    real = [case for check in suite for case in check.cases if case.source == HEADLINE]
    assert real and all(case.original in titles for case in real)


def test_news_is_added_only_to_headlines_that_do_not_say_the_like(
    suite: list[Check], headlines: list[tuple[str, int]]
) -> None:
    labels = dict(headlines)
    for name, excluded in (("hack added", 0), ("approval added", 2)):
        check = next(check for check in suite if check.name == name)
        assert all(labels[case.original] != excluded for case in check.cases if case.source == HEADLINE)


def test_the_same_seed_makes_the_same_suite_and_another_seed_another(
    suite: list[Check], headlines: list[tuple[str, int]], params: ChecklistSettings
) -> None:
    cases = [check.cases for check in suite]
    assert [check.cases for check in build_suite(headlines, params, SEED)] == cases
    assert [check.cases for check in build_suite(headlines, params, SEED + 1)] != cases


def test_the_suite_needs_no_headlines(params: ChecklistSettings) -> None:
    checks = build_suite([], params, SEED)
    assert all(len(check.cases) == 20 for check in checks)


def test_the_functionality_tests_alone_are_those_of_the_suite(suite: list[Check], params: ChecklistSettings) -> None:
    alone = functionality_checks(params, SEED)
    assert [check.cases for check in alone] == [check.cases for check in suite if check.kind == "MFT"]


def test_every_text_is_predicted_once(suite: list[Check]) -> None:
    asked: list[str] = []

    def predict(texts: Sequence[str]) -> Probabilities:
        asked.extend(texts)
        return np.full((len(texts), 3), 1 / 3)

    run_checks(predict, suite)
    assert (
        len(asked) == len(set(asked)) == len({text for check in suite for case in check.cases for text in case.texts})
    )


def test_a_model_that_always_says_neutral_passes_what_demands_nothing(suite: list[Check], answers: Answers) -> None:
    results = run_checks(answers(lambda text: 1), suite)
    functionality = rates(results, "MFT")
    assert {name for name, rate in functionality.items() if rate == 1} == {
        result.name for result in results if result.expected in {"Positive", "Negative"}
    }
    assert set(functionality.values()) == {0, 1} and set(rates(results, "INV").values()) == {0}
    direction = rates(results, "DIR")
    assert direction["hack added"] == direction["approval added"] == 1
    assert direction["negation added to a fall"] == direction["negation added to a rise"] == 1
    assert sum(direction.values()) == 4


def test_a_model_that_reads_words_but_no_negation_fails_the_negation(suite: list[Check], answers: Answers) -> None:
    falls = [form for verb in LEXICON["fall"] if not isinstance(verb, str) for form in verb.values()]
    rises = [form for verb in LEXICON["rise"] if not isinstance(verb, str) for form in verb.values()]

    def words(text: str) -> int:
        found = set(text.split())
        return 0 if found & set(falls) else 2 if found & set(rises) else 1

    found = rates(run_checks(answers(words), suite), "MFT")
    assert min(found["fall negated by a modal"], found["rise negated by a modal"]) > 0.8
    assert found["simple neutral statements"] == 0


def test_a_model_that_reads_capitals_fails_the_test_of_case(suite: list[Check], answers: Answers) -> None:
    found = rates(run_checks(answers(lambda text: 2 if text.isupper() else 0 if text.islower() else 1), suite), "INV")
    assert found["upper and lower case"] > 0.3
    assert found["other person"] == found["contractions"] == found["other currency"] == 0


def test_a_model_that_likes_one_coin_fails_the_test_of_coins(suite: list[Check], answers: Answers) -> None:
    found = rates(run_checks(answers(lambda text: 2 if "Bitcoin" in text or "BTC" in text else 1), suite), "INV")
    assert found["other coin"] > 0.05
    assert found["other amount"] == found["other city"] == found["punctuation"] == 0


def test_a_model_that_hears_of_the_hack_passes_its_test(suite: list[Check], answers: Answers) -> None:
    found = rates(run_checks(answers(lambda text: 0 if "hack" in text.lower() else 2), suite), "DIR")
    assert found["hack added"] == 0


def test_running_the_suite_is_building_it_and_asking(
    headlines: list[tuple[str, int]], params: ChecklistSettings, suite: list[Check], answers: Answers
) -> None:
    model = answers(lambda text: len(text) % 3)
    whole, parts = run_suite(model, headlines, params, SEED), run_checks(model, suite)
    assert [result.failures for result in whole] == [result.failures for result in parts]
    passed, reason = minimum_functionality(whole, 0.01)
    assert not passed and "missed" in reason


_DIGEST = """
import hashlib
from barometer.checks.settings import ChecklistSettings
from barometer.checks.suite import build_suite
params = ChecklistSettings(cases=20, invariance_tolerance=0.1, direction_tolerance=0.05, worst_examples=1,
                           bootstrap_samples=100, minimum_functionality=0.5)
checks = build_suite([("Bitcoin plunges after talks", 0), ("Kraken opens office", 1)], params, 3)
print(hashlib.sha256(repr([check.cases for check in checks]).encode()).hexdigest())
"""


@pytest.mark.slow
def test_another_process_makes_the_same_suite() -> None:
    digests = {
        subprocess.check_output(
            [sys.executable, "-c", _DIGEST], env=os.environ | {"PYTHONHASHSEED": seed}, stderr=subprocess.DEVNULL
        )
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.slow
def test_the_largest_number_of_cases_can_be_made(params: ChecklistSettings) -> None:
    most = params.model_copy(update={"cases": 500})
    assert all(len(check.cases) == 500 for check in build_suite([], most, SEED))
