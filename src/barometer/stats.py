"""Statistics that more than one room needs: estimates with intervals, rates, paired tests, corrections.

One copy of each, by scipy and statsmodels where they have it. Intervals hold the true value with the probability
`confidence`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from scipy.stats.contingency import relative_risk

Mask = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the bounds of its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Censored:
    """A figure with the bounds of its confidence interval; None stands for what lies out of reach or is undefined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Rate:
    """`cases` of `headlines`, and their share with its Wilson interval (Wilson 1927)."""

    cases: int
    headlines: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Whether model A beats model B on the same headlines.

    Attributes:
        difference: figure of A minus figure of B, with a paired bootstrap interval.
        a_only, b_only: headlines that only A, or only B, got right.
        p_value: two-sided exact McNemar test.
    """

    difference: Estimate
    a_only: int
    b_only: int
    p_value: float


def wilson(cases: int, total: int, confidence: float = 0.95) -> Estimate:
    """The share of cases with its score interval (Wilson 1927), which holds near 0 and 1 too.

    Raises:
        ValueError: if `total` is 0.
    """
    if total == 0:
        raise ValueError("an empty group has no rate")
    interval = binomtest(cases, total).proportion_ci(confidence, method="wilson")
    return Estimate(cases / total, float(interval.low), float(interval.high))


def rate(affected: Mask, group: Mask, confidence: float = 0.95) -> Rate:
    """The share of a group that is affected; both masks have shape (N,).

    Raises:
        ValueError: if the group is empty.
    """
    cases, headlines = int((affected & group).sum()), int(group.sum())
    return Rate(cases, headlines, wilson(cases, headlines, confidence))


def risk_ratio(exposed: Rate, control: Rate, confidence: float = 0.95) -> Estimate | None:
    """The first rate divided by the second, with the interval of its logarithm (Katz et al. 1978).

    None where either group has no case: then the interval is not defined.
    """
    if exposed.cases == 0 or control.cases == 0:
        return None
    found = relative_risk(exposed.cases, exposed.headlines, control.cases, control.headlines)
    interval = found.confidence_interval(confidence)
    return Estimate(float(found.relative_risk), float(interval.low), float(interval.high))


def mcnemar(a_only: int, b_only: int) -> float:
    """Two-sided p-value of the exact McNemar test (1947) of discordant pairs; 1 where there are none."""
    return float(binomtest(a_only, a_only + b_only).pvalue) if a_only + b_only else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the given order, that keep the chance of any false finding below the level (Holm 1979)."""
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415 - takes a second to import

    return [float(p) for p in multipletests(p_values, method="holm")[1]] if len(p_values) else []


def resamples(n: int, samples: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """`samples` bootstrap resamples of the positions 0 to n - 1, each of shape (n,)."""
    yield from rng.integers(0, n, size=(samples, n))


def percentile_interval(value: float, draws: Floats, confidence: float = 0.95, *, between: bool = True) -> Estimate:
    """A figure with the percentile interval of its bootstrap draws (Efron and Tibshirani 1993, chapter 13).

    Args:
        value: the figure itself.
        draws: the same figure of each resample, shape (samples,).
        confidence: of the interval.
        between: whether a bound may lie between two draws; not where draws may be infinite, since there is nothing
            between a number and infinity.
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], method="linear" if between else "inverted_cdf")
    return Estimate(value, float(low), float(high))


def censored(figure: Estimate) -> Censored:
    """The figure with None for what is infinite or not a number."""
    return Censored(*(x if math.isfinite(x) else None for x in (figure.value, figure.low, figure.high)))
