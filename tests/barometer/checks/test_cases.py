"""The stored cases are those of the templates, and judge without the library."""

from collections.abc import Callable
from pathlib import Path

import pytest

from barometer.checks import cases, library
from barometer.checks.results import mean_failure_rate
from barometer.checks.settings import ChecklistSettings
from barometer.checks.suite import Predict, run_checks
from barometer.checks.templates import Templates
from barometer.settings import load_settings, validate

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_stored_cases_are_what_templates_make() -> None:
    made = cases.made_checks(Templates(), cases.CASES, cases.SEED)
    stored = cases.stored_checks()
    assert [check.name for check in stored] == [check.name for check in made]
    for kept, fresh in zip(stored, made, strict=True):
        assert kept.cases == fresh.cases, f"`python -m {cases.__name__}` stores the cases of {kept.name!r} again"
        assert (kept.kind, kept.capability) == (fresh.kind, fresh.capability)


def test_the_study_asks_the_gates_cases() -> None:
    settings = load_settings(ROOT / "params.yaml")
    checklist = validate(ChecklistSettings, settings.experiment["checklist"], "experiment.checklist")
    assert (checklist.cases, settings.seed) == (cases.CASES, cases.SEED)


def test_the_gate_judges_without_the_library(
    monkeypatch: pytest.MonkeyPatch, answers: Callable[[Callable[[str], int]], Predict]
) -> None:
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    with pytest.raises(library.MissingLibraryError):
        library.load("checklist.editor")
    results = run_checks(answers(lambda text: 1), cases.stored_checks())
    assert len(results) == 22 and all(result.cases == cases.CASES for result in results)
    demands = [result.expected for result in results]
    wanted = sum(demand in {"Positive", "Negative"} for demand in demands) / len(demands)
    assert mean_failure_rate(results, kind="MFT") == pytest.approx(wanted)


def test_a_test_without_cases_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    newest = cases.plans()[0]
    renamed = type(newest)("a new test", newest.capability, newest.demand, newest.phrasings)
    monkeypatch.setattr(cases, "plans", lambda: [renamed])
    with pytest.raises(ValueError, match=r"no case of \['a new test'\]; `python -m barometer\.ship\.checks\.cases`"):
        cases.stored_checks()
