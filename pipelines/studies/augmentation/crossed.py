"""Is a mean difference real, when both the seeds and the headlines could have been others?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from barometer.labels import N_CLASSES
from barometer.models.base import Floats
from barometer.models.metrics import Labels, confusion
from barometer.stats import holm


@dataclass(frozen=True, slots=True)
class Effect:
    """A mean difference.

    Attributes:
        value, low, high: the difference and its confidence interval.
        p_value: two-sided, for this difference alone.
        p_adjusted: after correction for the differences it was tested with.
        seeds_above: in how many seeds it is above zero.
    """

    value: float
    low: float
    high: float
    p_value: float
    p_adjusted: float
    seeds_above: int


def accuracy_of(counts: NDArray[np.int64]) -> float:
    """Accuracy from a confusion matrix of shape (3, 3)."""
    return float(np.trace(counts) / counts.sum())


def macro_f1_of(counts: NDArray[np.int64]) -> float:
    """Macro-F1 from a confusion matrix of shape (3, 3), as `models.metrics.macro_f1` defines it."""
    margins = counts.sum(axis=0) + counts.sum(axis=1)
    return float((2 * np.diag(counts) / np.maximum(margins, 1)).mean())


def pseudo_values(labels: Labels, predicted: Labels, figure: Callable[[NDArray[np.int64]], float]) -> Floats:
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
    shown = float(mean) if value is None else value
    return _effect(shown, error, effective, int((by_seed > 0).sum()), confidence)


def paired_mean(differences: Floats, confidence: float = 0.95) -> Effect:
    """Student's paired t test over differences of shape (seeds,)."""
    error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    above = int((differences > 0).sum())
    return _effect(float(differences.mean()), error, len(differences) - 1, above, confidence)


def _effect(value: float, error: float, freedom: float, above: int, confidence: float) -> Effect:
    margin = float(stats.t.ppf((1 + confidence) / 2, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(value) / error, freedom)) if error > 0 else float(value == 0)
    return Effect(value, value - margin, value + margin, p_value, p_value, above)


def with_holm(effects: Mapping[str, Effect]) -> dict[str, Effect]:
    """Adjust the p-values of effects that were tested together (Holm 1979)."""
    if not effects:
        return {}
    adjusted = holm([effect.p_value for effect in effects.values()])
    return {
        name: Effect(e.value, e.low, e.high, e.p_value, float(p), e.seeds_above)
        for (name, e), p in zip(effects.items(), adjusted, strict=True)
    }
