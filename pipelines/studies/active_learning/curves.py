"""Figures of learning curves: area, deficiency, labels needed, bands; and paired tests with a correction for many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from barometer.query.diversity import Floats, Indices
from barometer.stats import Estimate, holm


@dataclass(frozen=True, slots=True)
class Comparison:
    """A paired difference with its interval, and how surprising it were if there was none.

    Attributes:
        difference: mean of A - B over replicates, with the interval of Student's t.
        p_value: two-sided paired t-test.
        adjusted: the same after Holm's correction over its family of tests.
    """

    difference: Estimate
    p_value: float
    adjusted: float


def normalised_area(labels: Indices, scores: Floats) -> Floats:
    """Area under learning curves of shape (..., T) by trapezoids, over the range of `labels`; shape (...).

    It is the mean score on the way, so batch sizes that begin and end alike are comparable.
    """
    x = np.asarray(labels, dtype=float)
    return np.asarray(np.trapezoid(scores, x, axis=-1) / (x[-1] - x[0]))


def deficiency(full: float, scores: Floats, baseline: Floats) -> float:
    """What a strategy's curve lacks to `full`, over what the baseline's lacks; below 1 is better than the baseline.

    Baram, El-Yaniv and Luz (2004, section 5): sums over the checkpoints of mean curves of shape (T,); `full` is the
    score with every label of the pool. NaN where the baseline lacks nothing, so that there is nothing to gain.
    """
    lacking = float((full - baseline).sum())
    return float((full - scores).sum()) / lacking if lacking > 0 else float("nan")


def labels_needed(labels: Indices, scores: Floats, target: float) -> float:
    """Labels at which a mean curve of shape (T,) first reaches `target`, between checkpoints on a straight line.

    Infinite where it does not within the run: the number is censored.
    """
    x = np.asarray(labels, dtype=float)
    reached = np.flatnonzero(scores >= target)
    if len(reached) == 0:
        return float("inf")
    at = reached[0]
    if at == 0:
        return float(x[0])
    share = (target - scores[at - 1]) / (scores[at] - scores[at - 1])
    return float(x[at - 1] + share * (x[at] - x[at - 1]))


def band(scores: Floats, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Mean of S curves of shape (S, ...), and the bounds of its pointwise interval by Student's t."""
    mean = scores.mean(axis=0)
    half = student.ppf((1 + confidence) / 2, len(scores) - 1) * scores.std(axis=0, ddof=1) / np.sqrt(len(scores))
    return mean, mean - half, mean + half


def mean_estimate(values: Floats, confidence: float) -> Estimate:
    """Mean of S values with the interval of Student's t."""
    mean, low, high = band(values, confidence)
    return Estimate(float(mean), float(low), float(high))


def compare(pairs: Sequence[tuple[Floats, Floats]], confidence: float) -> list[Comparison]:
    """Test each pair of figures of S replicates, A against B, as one family."""
    p_values = [paired_p_value(a - b) for a, b in pairs]
    return [
        Comparison(mean_estimate(a - b, confidence), p, adjusted)
        for (a, b), p, adjusted in zip(pairs, p_values, holm(p_values), strict=True)
    ]


def paired_p_value(differences: Floats) -> float:
    """Two-sided p-value of the paired t-test of S differences, shape (S,); 1 if all are 0."""
    if not differences.any():
        return 1.0
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    if error == 0:
        return 0.0
    return float(2 * student.sf(abs(differences.mean()) / error, len(differences) - 1))


def bootstrap(
    statistic: Callable[..., float],
    curves: Sequence[Floats],
    rng: np.random.Generator,
    samples: int,
    confidence: float,
) -> Estimate:
    """A figure of mean curves with a percentile interval that resamples replicates, the same of every curve.

    Args:
        statistic: takes the mean curves, each of shape (T,), and may answer infinity.
        curves: arrays of shape (S, T) whose rows belong together.
        rng: draws the resamples.
        samples: how many.
        confidence: of the interval.
    """
    n = len(curves[0])
    value = statistic(*[curve.mean(axis=0) for curve in curves])
    draws = [statistic(*[c[rows].mean(axis=0) for c in curves]) for rows in rng.integers(0, n, size=(samples, n))]
    tail = (1 - confidence) / 2
    # No interpolation, because the difference of infinite draws is not a number.
    low, high = np.quantile(draws, [tail, 1 - tail], method="inverted_cdf")
    return Estimate(value, float(low), float(high))
