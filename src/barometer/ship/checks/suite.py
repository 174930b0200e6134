"""The whole suite: built from templates and held-out headlines, run on any function from texts to probabilities."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from barometer.ship.checks.check import Check
from barometer.ship.checks.direction import direction_checks
from barometer.ship.checks.expectation import Demand, Probabilities
from barometer.ship.checks.invariance import invariance_checks
from barometer.ship.checks.library import load
from barometer.ship.checks.negation import negation_plans
from barometer.ship.checks.results import Outcome, TestResult
from barometer.ship.checks.settings import ChecklistSettings
from barometer.ship.checks.statements import statement_plans
from barometer.ship.checks.templates import Templates, seeded

Predict = Callable[[Sequence[str]], Probabilities]


def run_suite(
    predict: Predict, headlines: Sequence[tuple[str, int]], params: ChecklistSettings, seed: int
) -> list[TestResult]:
    """Build the suite and run it; `build_suite` and `run_checks` run one suite on several models."""
    return run_checks(predict, build_suite(headlines, params, seed))


def build_suite(headlines: Sequence[tuple[str, int]], params: ChecklistSettings, seed: int) -> list[Check]:
    """Make every test, alike for the same arguments.

    Args:
        headlines: held-out titles with their classes; where a change applies to them they make up to half of the
            cases of its test, templates the rest. May be empty.
        params: sizes and tolerances.
        seed: each test draws from a generator of its own, seeded by this and by its name.

    Raises:
        MissingLibraryError: if checklist or nlpaug is not installed.
        ValueError: if the templates cannot make so many distinct cases.
    """
    templates, titles = Templates(), [text for text, _ in headlines]
    return [
        *functionality_checks(params, seed, templates),
        *invariance_checks(templates, titles, params.cases, params.invariance_tolerance, seed),
        *direction_checks(templates, headlines, params.cases, params.direction_tolerance, seed),
    ]


def functionality_checks(params: ChecklistSettings, seed: int, templates: Templates | None = None) -> list[Check]:
    """The minimum functionality tests alone, which need no headlines; raises what `build_suite` raises."""
    templates = templates or Templates()
    plans = [*statement_plans(), *negation_plans()]
    return [plan.check(templates, params.cases, seeded(seed, plan.name)) for plan in plans]


def run_checks(predict: Predict, checks: Sequence[Check]) -> list[TestResult]:
    """Run tests on a model; each distinct text is predicted once.

    Args:
        predict: from N texts to their probabilities, shape (N, 3), class order.
    """
    texts = list(dict.fromkeys(text for check in checks for case in check.cases for text in case.texts))
    rows = dict(zip(texts, predict(texts), strict=True))
    wrapper = load("checklist.pred_wrapper").PredictorWrapper
    suite = _library_suite(checks)
    suite.run(wrapper.wrap_softmax(lambda asked: np.array([rows[text] for text in asked])), verbose=False)
    return [_result(check, suite.tests[check.name].results) for check in checks]


def _library_suite(checks: Sequence[Check]) -> Any:  # noqa: ANN401
    """The tests as the checklist library knows them."""
    kinds, suite = load("checklist.test_types"), load("checklist.test_suite").TestSuite()
    for check in checks:
        data = [list(case.texts) for case in check.cases]
        suite.add(
            getattr(kinds, check.kind)(
                data, _library_expectation(check.demand), name=check.name, capability=check.capability
            )
        )
    return suite


def _library_expectation(demand: Demand) -> Any:  # noqa: ANN401
    """A demand in the library's terms: one number for each text of a case, above 0 where it passes."""

    def judge(_texts: object, _classes: object, rows: Probabilities, *_: object) -> Probabilities:
        margin = demand.margin(rows)
        passed_originals = np.ones(len(rows) - 1)
        return np.append(passed_originals, 1.0 if margin >= 0 else margin)

    return load("checklist.expect").Expect.testcase(judge)


def _result(check: Check, found: Any) -> TestResult:  # noqa: ANN401
    outcomes = tuple(
        Outcome(case, rows, bool(passed), check.demand.margin(rows))
        for case, rows, passed in zip(check.cases, found.confs, found.passed, strict=True)
    )
    return TestResult(check.name, check.capability, check.kind, check.demand.words, outcomes)
