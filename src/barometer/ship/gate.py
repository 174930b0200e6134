"""Whether a challenger may replace the champion: not worse on the same texts, beyond what chance explains."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from barometer.models.base import Floats
from barometer.models.metrics import accuracy, macro_f1, paired_difference
from barometer.stats import Estimate


@dataclass(frozen=True, slots=True)
class GateResult:
    """The decision, why, and the differences (challenger minus champion) behind it.

    Attributes:
        functionality: the result of the minimum functionality tests; empty for a comparison alone.
    """

    passed: bool
    reason: str
    accuracy_difference: Estimate
    macro_f1_difference: Estimate
    functionality: str = ""

    def sentence(self, rival: str, yardstick: str) -> str:
        """The decision in words, for example `against champion 3 on fresh: not worse beyond the interval`."""
        sentence = f"against {rival} on {yardstick}: {self.reason}"
        return f"{sentence}; {self.functionality}" if self.functionality else sentence


def gate(
    labels: "np.ndarray[Any, Any]",
    challenger: Floats,
    champion: Floats,
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> GateResult:
    """Compare a challenger with the champion, or with a baseline where there is none, on N held-out texts.

    It passes unless accuracy or macro-F1 is worse by more than the interval: the upper bound of the paired bootstrap
    interval of the difference must not lie below zero.
    """
    figures = {"accuracy": accuracy, "macro-F1": macro_f1}
    found = {
        name: paired_difference(labels, challenger, champion, figure, rng, samples, confidence)
        for name, figure in figures.items()
    }
    worse = [f"{name} {e.value:+.3f} [{e.low:+.3f}, {e.high:+.3f}]" for name, e in found.items() if e.high < 0]
    reason = "worse beyond the interval: " + ", ".join(worse) if worse else "not worse beyond the interval"
    return GateResult(not worse, reason, found["accuracy"], found["macro-F1"])


def with_functionality(result: GateResult, failure_rate: float, maximum: float) -> GateResult:
    """Stop a challenger that fails too many of the behavioural tests, however well it compares with the champion.

    Args:
        failure_rate: mean failure rate of this very model version over the minimum functionality tests, in [0, 1].
        maximum: the highest rate that may ship.
    """
    passed = failure_rate <= maximum
    verdict = f"minimum functionality {'reached' if passed else 'missed'}"
    sentence = f"{verdict}: {failure_rate:.1%} of the cases fail, {maximum:.1%} may"
    return replace(result, passed=result.passed and passed, functionality=sentence)


def majority_baseline(train_labels: "np.ndarray[Any, Any]", n: int) -> Floats:
    """Probabilities of shape (n, 3) of the rule that always answers with the class shares of the training labels."""
    shares = np.bincount(train_labels, minlength=3) / len(train_labels)
    return np.tile(shares, (n, 1))
