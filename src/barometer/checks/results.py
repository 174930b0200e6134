"""What a model did on the behavioural tests, and whether that is enough to ship it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from scipy.stats import binomtest

from barometer.checks.check import Case, Kind
from barometer.checks.expectation import Probabilities


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the bounds of its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model did on one case.

    Attributes:
        probabilities: of the case's texts, shape (1 or 2, 3), class order.
        margin: see `Demand`.
    """

    case: Case
    probabilities: Probabilities
    passed: bool
    margin: float


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a model did on one test; `expected` says in words what it should have done."""

    __test__: ClassVar[bool] = False  # not a test of pytest's

    name: str
    capability: str
    kind: Kind
    expected: str
    outcomes: tuple[Outcome, ...]

    @property
    def cases(self) -> int:
        """How many cases the test has."""
        return len(self.outcomes)

    @property
    def failures(self) -> int:
        """How many of them the model failed."""
        return sum(not outcome.passed for outcome in self.outcomes)

    @property
    def failure_rate(self) -> float:
        """Share of the cases that failed, in [0, 1]."""
        return self.failures / self.cases

    @property
    def examples(self) -> list[Outcome]:
        """The failed cases, worst first."""
        return sorted((o for o in self.outcomes if not o.passed), key=lambda o: (o.margin, o.case.text))


def wilson(failures: int, cases: int, confidence: float = 0.95) -> Interval:
    """A failure rate with its score interval (Wilson 1927), which holds near 0 and 1 too."""
    bounds = binomtest(failures, cases).proportion_ci(confidence, method="wilson")
    return Interval(failures / cases, float(bounds.low), float(bounds.high))


def mean_failure_rate(results: Iterable[TestResult], *, kind: Kind | None = None, capability: str = "") -> float:
    """Mean failure rate of the tests of a kind, of a capability, or of all; every test counts the same.

    Raises:
        ValueError: if no test is of that kind and capability.
    """
    rates = [r.failure_rate for r in results if kind in {None, r.kind} and capability in {"", r.capability}]
    if not rates:
        raise ValueError(f"no test of kind {kind!r} and capability {capability!r}")
    return sum(rates) / len(rates)


def minimum_functionality(results: Sequence[TestResult], maximum: float) -> tuple[bool, str]:
    """Whether the mean failure rate of the minimum functionality tests is at most `maximum`, and why (not).

    Raises:
        ValueError: if no result is of a minimum functionality test.
    """
    rate = mean_failure_rate(results, kind="MFT")
    worst = max((r for r in results if r.kind == "MFT"), key=lambda r: r.failure_rate)
    passed = rate <= maximum
    return passed, (
        f"minimum functionality {'reached' if passed else 'missed'}: {rate:.1%} of the cases fail, {maximum:.1%} may; "
        f"worst is {worst.name!r} with {worst.failure_rate:.1%}"
    )
