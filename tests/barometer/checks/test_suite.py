"""The suite has its tests and cases, the same each time."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from barometer.checks.cases import HEADLINE, Check
from barometer.checks.suite import ChecklistSettings, Plan, build_suite, functionality_checks, plans
from barometer.settings import SettingsError, load_settings, validate

from .conftest import SEED

GOOD = load_settings().experiment["checklist"]


def test_suite_has_distinct_cases(suite: list[Check]) -> None:
    assert Counter(check.kind for check in suite) == {"MFT": 22, "INV": 14, "DIR": 8}
    assert len({check.name for check in suite}) == len(suite)
    for check in suite:
        assert len({case.texts for case in check.cases}) == len(check.cases) == 20, check.name
        assert all(bool(case.original) is (check.kind != "MFT") for case in check.cases), check.name
        assert all(case.text != case.original for case in check.cases), check.name


def test_headlines_make_half_of_changes(suite: list[Check], headlines: list[tuple[str, int]]) -> None:
    titles = {text for text, _ in headlines}
    shares = {check.name: sum(case.source == HEADLINE for case in check.cases) for check in suite}
    assert {name for name, count in shares.items() if count == 10} >= {"other coin", "swapped letters", "hack added"}
    assert max(shares.values()) == 10 and shares["other person"] == shares["fall held unlikely"] == 0
    real = [case for check in suite for case in check.cases if case.source == HEADLINE]
    assert real and all(case.original in titles for case in real)


def test_news_follows_headlines_without_it(suite: list[Check], headlines: list[tuple[str, int]]) -> None:
    labels = dict(headlines)
    for name, excluded in (("hack added", 0), ("approval added", 2)):
        check = next(check for check in suite if check.name == name)
        assert all(labels[case.original] != excluded for case in check.cases if case.source == HEADLINE)


def test_seed_decides_the_suite(
    suite: list[Check], headlines: list[tuple[str, int]], params: ChecklistSettings
) -> None:
    cases = [check.cases for check in suite]
    assert [check.cases for check in build_suite(headlines, params, SEED)] == cases
    assert [check.cases for check in build_suite(headlines, params, SEED + 1)] != cases


def test_the_suite_needs_no_headlines(params: ChecklistSettings) -> None:
    checks = build_suite([], params, SEED)
    assert all(len(check.cases) == 20 for check in checks)


def test_functionality_alone_is_the_same(suite: list[Check], params: ChecklistSettings) -> None:
    alone = functionality_checks(params.cases, SEED)
    assert alone == [check for check in suite if check.kind == "MFT"]


_DIGEST = """
import hashlib
from barometer.checks.suite import ChecklistSettings, build_suite
params = ChecklistSettings(cases=20, invariance_tolerance=0.1, direction_tolerance=0.05, worst_examples=1,
                           bootstrap_samples=100, minimum_functionality=0.5)
checks = build_suite([("Bitcoin plunges after talks", 0), ("Kraken opens office", 1)], params, 3)
print(hashlib.sha256(repr([check.cases for check in checks]).encode()).hexdigest())
"""


@pytest.mark.slow
def test_another_process_makes_the_same() -> None:
    digests = {
        subprocess.check_output(
            [sys.executable, "-c", _DIGEST], env=os.environ | {"PYTHONHASHSEED": seed}, stderr=subprocess.DEVNULL
        )
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.slow
def test_most_cases_can_be_made(params: ChecklistSettings) -> None:
    most = params.model_copy(update={"cases": 500})
    assert all(len(check.cases) == 500 for check in build_suite([], most, SEED))


def test_a_test_short_of_cases_fails(params: ChecklistSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    phrasings = ("{percent} {month} {weekday}",)  # no coin that could change
    plan = Plan(
        name="x", capability="Entities", kind="INV", demand="same class", change="other_coin", phrasings=phrasings
    )
    monkeypatch.setattr("barometer.checks.suite.plans", lambda: [plan])
    with pytest.raises(ValueError, match="20 cases of 'x' wanted, but only 0 could be made"):
        build_suite([], params, SEED)


def test_every_plan_names_what_exists() -> None:
    names = {plan.name for plan in plans()}
    assert all(set(plan.phrasings_of) <= names for plan in plans())
    assert all(len(set(plan.phrasings)) == len(plan.phrasings) for plan in plans())
    assert all(bool(plan.news) is bool(plan.not_after) for plan in plans())


def test_the_project_asks_for_hundreds() -> None:
    assert validate(ChecklistSettings, GOOD, "experiment.checklist").cases >= 200


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("cases", 5, "greater than or equal to 20"),
        ("cases", 5000, "less than or equal to 500"),
        ("direction_tolerance", -0.1, "greater than or equal to 0"),
        ("minimum_functionality", 1.5, "less than 1"),
        ("minimum_functionalty", 0.5, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_value_is_refused(key: str, value: float, words: str) -> None:
    with pytest.raises(SettingsError, match=rf"experiment\.checklist: {key} = {value}: .*{words}"):
        validate(ChecklistSettings, GOOD | {key: value}, "experiment.checklist")
