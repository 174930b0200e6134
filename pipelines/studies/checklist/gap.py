"""How much less one model fails than another on the same cases, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barometer.stats import Estimate, Floats, Mask, percentile_interval

Names = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Gap:
    """Mean failure rate of model A minus that of B, over tests that count the same.

    Attributes:
        over_cases: with the interval for other cases of the same phrasings.
        over_phrasings: with the interval for other phrasings of the same tests: cases of one phrasing fail together,
            so this is the wider and the safer one.
    """

    over_cases: Estimate
    over_phrasings: Estimate


def failure_gap(
    tests: Names,
    phrasings: Names,
    failed_a: Mask,
    failed_b: Mask,
    rng: np.random.Generator,
    samples: int = 1000,
) -> Gap:
    """Compare two models on the same N cases by paired bootstraps, stratified by test.

    The second resamples whole phrasings (a cluster bootstrap).

    Args:
        tests: name of each case's test, shape (N,).
        phrasings: what each case was made from, shape (N,).
        failed_a, failed_b: whether each model failed each case, shape (N,).

    Raises:
        ValueError: if there is no case, or the shapes differ.
    """
    shapes = [len(column) for column in (tests, phrasings, failed_a, failed_b)]
    if len(set(shapes)) > 1 or not len(tests):
        raise ValueError(f"tests, phrasings and failures have {shapes} rows; expected the same number, at least one")
    difference = failed_a.astype(float) - failed_b.astype(float)
    rows = [np.flatnonzero(tests == name) for name in np.unique(tests)]
    value = float(np.mean([difference[row].mean() for row in rows]))
    single = [(difference[row], np.ones(len(row))) for row in rows]
    clustered = [_clusters(difference[row], phrasings[row]) for row in rows]
    return Gap(*(percentile_interval(value, _resampled(groups, rng, samples)) for groups in (single, clustered)))


def _clusters(difference: Floats, phrasings: Names) -> tuple[Floats, Floats]:
    """Sum of the differences and number of cases of each phrasing."""
    _, index = np.unique(phrasings, return_inverse=True)
    return np.asarray(np.bincount(index, difference), dtype=float), np.bincount(index).astype(float)


def _resampled(groups: Sequence[tuple[Floats, Floats]], rng: np.random.Generator, samples: int) -> Floats:
    """Mean over the tests of the resampled mean difference, shape (samples,)."""
    means = []
    for sums, counts in groups:
        chosen = rng.integers(len(sums), size=(samples, len(sums)))
        means.append(sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1))
    return np.asarray(np.mean(means, axis=0))
