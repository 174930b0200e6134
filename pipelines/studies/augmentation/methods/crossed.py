"""Tests of a mean difference, where both the seeds and the headlines are samples."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from barometer.labels import N_CLASSES
from barometer.models.base import Floats
from barometer.models.metrics import Labels, confusion
from barometer.stats import Estimate, holm

Figure = Callable[[NDArray[np.int64]], float]
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Effect:
    """A mean difference.

    Attributes:
        difference: with its confidence interval.
        p_value: two-sided, for this difference alone.
        p_adjusted: after Holm's correction for the differences that it was tested with.
        seeds_above: number of seeds in which it is above zero.
    """

    difference: Estimate
    p_value: float
    p_adjusted: float
    seeds_above: int

    @property
    def sign(self) -> int:
        """1 or -1 where the difference is significant after correction, else 0."""
        return int(np.sign(self.difference.value)) if self.p_adjusted < LEVEL else 0


def accuracy_of(counts: NDArray[np.int64]) -> float:
    """Accuracy from a confusion matrix of shape (3, 3)."""
    return float(np.trace(counts) / counts.sum())


def macro_f1_of(counts: NDArray[np.int64]) -> float:
    """Macro-F1 from a confusion matrix of shape (3, 3), as `models.metrics.macro_f1` defines it."""
    margins = counts.sum(axis=0) + counts.sum(axis=1)
    return float((2 * np.diag(counts) / np.maximum(margins, 1)).mean())


def mean_figure(labels: Labels, predicted: NDArray[np.intp], figure: Figure) -> float:
    """Mean over seeds of a figure of predicted classes, shape (seeds, N)."""
    return float(np.mean([figure(confusion(labels, row)) for row in predicted]))


def crossed_difference(
    labels: Labels, a: NDArray[np.intp], b: NDArray[np.intp], figure: Figure, confidence: float = 0.95
) -> Effect:
    """Figure of A minus figure of B, both predicted classes of shape (seeds, N), tested over seeds and headlines."""
    parts = [pseudo_values(labels, x, figure) - pseudo_values(labels, y, figure) for x, y in zip(a, b, strict=True)]
    value = mean_figure(labels, a, figure) - mean_figure(labels, b, figure)
    return crossed_mean(np.stack(parts), value, confidence)


def pseudo_values(labels: Labels, predicted: Labels, figure: Figure) -> Floats:
    """The jackknife's pseudo-values of a figure of the confusion matrix, one for each of N headlines, shape (N,).

    N F - (N - 1) F without the headline (Tukey 1958): the share that each headline has in the figure. For accuracy
    that is 1 where the prediction is right and 0 elsewhere; for macro-F1 their mean is the figure but for O(1/N).
    """
    counts = confusion(labels, predicted)
    n, whole = len(labels), figure(counts)
    table = np.zeros((N_CLASSES, N_CLASSES))
    for cell in zip(*np.nonzero(counts), strict=True):
        without = counts.copy()
        without[cell] -= 1
        table[cell] = n * whole - (n - 1) * figure(without)
    return np.asarray(table[labels, predicted])


def crossed_mean(differences: Floats, value: float | None = None, confidence: float = 0.95) -> Effect:
    """Test that the mean of differences of shape (seeds, headlines) is zero, both being random samples.

    The variance of the mean is (MS seeds + MS headlines - MS rest) / (seeds x headlines) from the two-way analysis of
    variance (the quasi F of Clark 1973), at least what the larger of the first two would give alone; its degrees of
    freedom are Satterthwaite's (1946). A t test over seeds alone would treat the test headlines as all there are.
    `value` is the difference to report where the mean is its jackknife estimate.

    Raises:
        ValueError: if there are fewer than two seeds or headlines.
    """
    if differences.ndim != 2 or min(differences.shape) < 2:
        raise ValueError(f"differences of shape {differences.shape}; expected at least 2 seeds and 2 headlines")
    seeds, headlines = differences.shape
    mean, by_seed, by_headline = differences.mean(), differences.mean(axis=1), differences.mean(axis=0)
    rest = differences - by_seed[:, None] - by_headline[None, :] + mean
    freedom = np.array([seeds - 1, headlines - 1, (seeds - 1) * (headlines - 1)])
    squares = [headlines * ((by_seed - mean) ** 2).sum(), seeds * ((by_headline - mean) ** 2).sum(), (rest**2).sum()]
    mean_squares = np.array(squares) / freedom
    combined = max(mean_squares[0] + mean_squares[1] - mean_squares[2], mean_squares[0], mean_squares[1])
    effective = max(combined**2 / max((mean_squares**2 / freedom).sum(), np.finfo(float).tiny), 1.0)
    error = float(np.sqrt(combined / differences.size))
    return _effect(float(mean) if value is None else value, error, effective, int((by_seed > 0).sum()), confidence)


def paired_mean(differences: Floats, confidence: float = 0.95) -> Effect:
    """Student's paired t test over differences of shape (seeds,)."""
    error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    above = int((differences > 0).sum())
    return _effect(float(differences.mean()), error, len(differences) - 1, above, confidence)


def _effect(value: float, error: float, freedom: float, above: int, confidence: float) -> Effect:
    margin = float(stats.t.ppf((1 + confidence) / 2, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(value) / error, freedom)) if error > 0 else float(value == 0)
    return Effect(Estimate(value, value - margin, value + margin), p_value, p_value, above)


def with_holm(effects: Mapping[str, Effect]) -> dict[str, Effect]:
    """Adjust the p-values of effects that were tested together."""
    adjusted = holm([effect.p_value for effect in effects.values()])
    return {name: replace(e, p_adjusted=p) for (name, e), p in zip(effects.items(), adjusted, strict=True)}
