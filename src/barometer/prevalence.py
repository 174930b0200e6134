"""From the probabilities of headlines to the barometer: the share of them that readers would call positive.

The mean positive probability is that share only where the window has the class mix that the model was calibrated on.
With other news it is biased towards the mix of the calibration data. A weighted sum of the three probabilities,
w . p, corrects this (see `barometer.models.prevalence_fit`), and its mean over any window is exact from sums alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a model version's barometer may be from the share that annotators would call positive.

    Attributes:
        variance: of the error of one headline's value.
        bias_variance: of the error that all headlines of a window share.
    """

    variance: float
    bias_variance: float

    def half_width(self, count: int) -> float:
        """Half of the 95% interval of a window of `count` headlines: 1.96 sqrt(variance / n + bias_variance)."""
        return Z_95 * sqrt(self.variance / count + self.bias_variance)


@dataclass(frozen=True, slots=True)
class Prevalence:
    """The weight of each probability, and the error of the mean over a window.

    Attributes:
        weights: w, in class order; (0, 0, 1) is the plain mean of the positive probability.
        variance: of a headline's error w . p - [labelled positive] within a class; None where nothing was measured.
        bias_variance: of the error that all headlines of a window share.
    """

    weights: tuple[float, float, float] = (0.0, 0.0, 1.0)
    variance: float | None = None
    bias_variance: float = 0.0

    @property
    def spread(self) -> Spread | None:
        """The error of the mean over a window; None where it was not measured."""
        return None if self.variance is None else Spread(self.variance, self.bias_variance)

    def value(self, probabilities: Sequence[float]) -> float:
        """What one headline adds to the mean: w . p of its three probabilities; may lie outside [0, 1]."""
        return float(sum(w * p for w, p in zip(self.weights, probabilities, strict=True)))


def sampling_interval(mean: float, variance: float, count: int) -> tuple[float, float]:
    """The 95% interval of the mean of `count` values in [0, 1] that covers sampling alone.

    Wilson's score interval (1927) with the observed variance v in the place of m (1 - m), the largest that it can be:

        (m + z²/2n ± z sqrt(v/n + z²/4n²)) / (1 + z²/n),  z = 1.96

    It always holds the mean, never has width 0, and for large n is the usual m ± z sqrt(v/n). Values count as
    independent: where many headlines report one event, the true interval is wider.
    """
    weight = Z_95**2 / count
    centre = mean + weight / 2
    half = Z_95 * sqrt(variance / count + weight / (4 * count))
    return (centre - half) / (1 + weight), (centre + half) / (1 + weight)


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
