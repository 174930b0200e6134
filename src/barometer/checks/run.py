"""Runs the tests on a model by the checklist library: its `MFT`, `INV` and `DIR`, `Expect`, `TestSuite` and summary."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from barometer.checks.cases import Check, Predict, Probabilities, lead, predictions, shift
from barometer.checks.templates import load
from barometer.seeding import seeded_globals


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a model did on one test.

    Attributes:
        probabilities: of each case's texts, shape (1 or 2, 3), class order, the original first.
        passed: whether each case did, shape (N,).
        margins: by how much each case failed (below 0), shape (N,); positive for those that passed.
    """

    __test__: ClassVar[bool] = False  # not a test of pytest's

    check: Check
    probabilities: list[Probabilities]
    passed: NDArray[np.bool_]
    margins: NDArray[np.floating[Any]]

    @property
    def failures(self) -> int:
        """How many cases the model failed."""
        return int((~self.passed).sum())

    @property
    def failure_rate(self) -> float:
        """Share of the cases that failed, in [0, 1]."""
        return self.failures / len(self.passed)


def run_suite(predict: Predict, checks: Sequence[Check]) -> Any:  # noqa: ANN401 - a TestSuite of the library
    """Run tests on a model as a `TestSuite` of the checklist library.

    The library would predict a text once for each case that holds it; here each distinct text is predicted once.
    """
    suite, types = load("checklist.test_suite").TestSuite(), load("checklist.test_types")
    for check in checks:
        data = [case.text if check.kind == "MFT" else list(case.texts) for case in check.cases]
        test = getattr(types, check.kind)(data, expect=_expectation(check))
        suite.add(test, name=check.name, capability=check.capability, description=check.demand)
    found = predictions(predict, checks)

    def predict_known(texts: Sequence[str]) -> tuple[Any, Any]:
        rows = np.array([found[text] for text in texts])
        return rows.argmax(axis=1), rows

    suite.run(predict_known, verbose=False)
    return suite


def results(suite: Any, checks: Sequence[Check]) -> list[TestResult]:  # noqa: ANN401
    """What a suite that has run found, in the order of its tests."""
    found = [suite.tests[check.name].results for check in checks]
    return [
        TestResult(
            check,
            [np.atleast_2d(rows) for rows in result.confs],
            np.asarray(result.passed, dtype=bool),
            np.array([float(margins[-1]) for margins in result.expect_results]),
        )
        for check, result in zip(checks, found, strict=True)
    ]


def run_checks(predict: Predict, checks: Sequence[Check]) -> list[TestResult]:
    """Run tests on a model, from N texts to probabilities of shape (N, 3), class order."""
    return results(run_suite(predict, checks), checks)


def summary(suite: Any, examples: int, rng: np.random.Generator) -> str:  # noqa: ANN401
    """The library's own summary of a suite that has run, with at most so many failures of each test."""
    with seeded_globals(rng), redirect_stdout(StringIO()) as text:
        suite.summary(n=examples)
    return text.getvalue()


def mean_failure_rate(found: Sequence[TestResult]) -> float:
    """Mean failure rate of tests, in [0, 1]; every test counts the same."""
    return float(np.mean([result.failure_rate for result in found]))


def _expectation(check: Check) -> Any:  # noqa: ANN401 - a function of the library
    """The demand as an expectation of the library, which counts a result above 0 (or True) as passed.

    Invariance is the library's own. It has no expectation of "not this class", and `Expect.monotonic` sees one class
    alone and leaves out the cases that cannot move further, so the others are margins of this project.
    """
    expect, demand, tolerance = load("checklist.expect").Expect, check.demand, check.tolerance
    if check.kind == "MFT":
        return expect.single(lambda text, label, row, *_: lead(demand, row) or True)
    if check.kind == "INV":
        return expect.inv(tolerance)
    return expect.pairwise(lambda first, last, before, after, *_: shift(demand, before, after, tolerance) or True)
