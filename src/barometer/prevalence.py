"""From the probabilities of headlines to the barometer: the share of them that readers would call positive.

The mean positive probability is that share only where the window has the class mix that the model was calibrated on.
With other news it is biased towards the mix of the calibration data. A weighted sum of the three probabilities,
w . p, corrects this (see `barometer.models.prevalence_fit`), and its mean over any window is exact from sums alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Prevalence:
    """The weight of each probability, and the error of the mean over a window.

    The 95% interval of a window of n headlines has the half width 1.96 sqrt(variance / n + bias_variance).

    Attributes:
        weights: w, in class order; (0, 0, 1) is the plain mean of the positive probability.
        variance: of a headline's error w . p - [labelled positive] within a class; None where nothing was measured.
        bias_variance: of the error that all headlines of a window share.
    """

    weights: tuple[float, float, float] = (0.0, 0.0, 1.0)
    variance: float | None = None
    bias_variance: float = 0.0

    def value(self, probabilities: Sequence[float]) -> float:
        """What one headline adds to the mean: w . p of its three probabilities; may lie outside [0, 1]."""
        return float(sum(w * p for w, p in zip(self.weights, probabilities, strict=True)))


def from_calibration(calibration: Mapping[str, Any]) -> Prevalence:
    """Read `calibration["index"]` of a model card; a model without it has the plain mean and no measured error.

    Raises:
        ValueError: if there are not three weights.
        KeyError: if one of `weights`, `variance` and `bias_variance` is missing.
    """
    index = calibration.get("index")
    if index is None:
        return Prevalence()
    if len(index["weights"]) != 3:
        raise ValueError(f"calibration.index.weights = {index['weights']!r}; expected three numbers")
    negative, neutral, positive = (float(weight) for weight in index["weights"])
    variance = None if index["variance"] is None else float(index["variance"])
    return Prevalence((negative, neutral, positive), variance, float(index["bias_variance"]))
