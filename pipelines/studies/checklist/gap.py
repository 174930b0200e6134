"""How much less one model fails than another on the same cases, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from barometer.checks.results import Interval

Names = NDArray[np.str_]
Failed = NDArray[np.bool_]
_Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Gap:
    """Mean failure rate of model A minus that of B, over tests that count the same.

    Attributes:
        over_cases: with the interval for other cases of the same phrasings.
        over_phrasings: with the interval for other phrasings of the same tests: cases of one phrasing fail together,
            so this is the wider and the safer one.
    """

    over_cases: Interval
    over_phrasings: Interval


def failure_gap(
    tests: Names,
    phrasings: Names,
    failed_a: Failed,
    failed_b: Failed,
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Gap:
    """Compare two models on the same N cases by paired bootstraps, stratified by test.

    Both intervals are percentile intervals (Efron and Tibshirani 1993, chapter 13); the second resamples whole
    phrasings (a cluster bootstrap).

    Args:
        tests: name of each case's test, shape (N,).
        phrasings: what each case was made from, shape (N,).
        failed_a, failed_b: whether each model failed each case, shape (N,).

    Raises:
        ValueError: if there is no case, or the shapes differ.
    """
    if not len(tests) or not len(tests) == len(phrasings) == len(failed_a) == len(failed_b):
        shapes = [len(column) for column in (tests, phrasings, failed_a, failed_b)]
        raise ValueError(
            f"tests, phrasings and failures have {shapes} rows; expected as many of each, and at least one"
        )
    difference = failed_a.astype(float) - failed_b.astype(float)
    rows = [np.flatnonzero(tests == name) for name in np.unique(tests)]
    value = float(np.mean([difference[row].mean() for row in rows]))
    single = [(difference[row], np.ones(len(row))) for row in rows]
    clustered = [_clusters(difference[row], phrasings[row]) for row in rows]
    return Gap(*(_interval(value, _resampled(groups, rng, samples), confidence) for groups in (single, clustered)))


def paired_p_values(a_only: Sequence[int], b_only: Sequence[int]) -> list[float]:
    """Whether two models fail differently on each of T tests: two-sided exact McNemar tests, corrected by Holm (1979).

    Args:
        a_only, b_only: of each test, the cases that only model A, or only model B, failed.
    """
    raw = [float(binomtest(a, a + b).pvalue) if a + b else 1.0 for a, b in zip(a_only, b_only, strict=True)]
    corrected, highest = [1.0] * len(raw), 0.0
    for rank, i in enumerate(np.argsort(raw, kind="stable")):
        highest = max(highest, min(1.0, (len(raw) - rank) * raw[i]))
        corrected[i] = highest
    return corrected


def _clusters(difference: _Floats, phrasings: Names) -> tuple[_Floats, _Floats]:
    """Sum of the differences and number of cases of each phrasing."""
    _, index = np.unique(phrasings, return_inverse=True)
    return np.asarray(np.bincount(index, difference), dtype=float), np.bincount(index).astype(float)


def _resampled(groups: Sequence[tuple[_Floats, _Floats]], rng: np.random.Generator, samples: int) -> _Floats:
    """Mean over the tests of the resampled mean difference, shape (samples,)."""
    means = []
    for sums, counts in groups:
        chosen = rng.integers(len(sums), size=(samples, len(sums)))
        means.append(sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1))
    return np.asarray(np.mean(means, axis=0))


def _interval(value: float, draws: _Floats, confidence: float) -> Interval:
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high))
