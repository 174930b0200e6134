"""The whole suite: built from templates and held-out headlines, run on any function from texts to probabilities."""

from collections.abc import Callable, Sequence

import numpy as np

from barometer.checks.cases import made_checks
from barometer.checks.check import Case, Check
from barometer.checks.direction import direction_checks
from barometer.checks.expectation import Demand, Probabilities
from barometer.checks.invariance import invariance_checks
from barometer.checks.results import Outcome, TestResult
from barometer.checks.settings import ChecklistSettings
from barometer.checks.templates import Templates

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
    return made_checks(templates or Templates(), params.cases, seed)


def run_checks(predict: Predict, checks: Sequence[Check]) -> list[TestResult]:
    """Run tests on a model; each distinct text is predicted once. Needs no library.

    Args:
        predict: from N texts to their probabilities, shape (N, 3), class order.
        checks: made, or stored.
    """
    texts = list(dict.fromkeys(text for check in checks for case in check.cases for text in case.texts))
    rows = dict(zip(texts, predict(texts), strict=True))

    def judged(case: Case, demand: Demand) -> Outcome:
        found = np.array([rows[text] for text in case.texts])
        margin = demand.margin(found)
        return Outcome(case, found, margin >= 0, margin)

    return [
        TestResult(
            check.name,
            check.capability,
            check.kind,
            check.demand.words,
            tuple(judged(case, check.demand) for case in check.cases),
        )
        for check in checks
    ]
