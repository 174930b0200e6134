"""Outlets beside each other: each one's lean against the others, and a mean that gives each the same weight."""

from collections.abc import Mapping, Sequence
from math import erfc, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from barometer.live.records import Lean
from barometer.live.store.outlet_sums import OutletBuckets
from barometer.live.store.sums import Buckets, Sums
from barometer.prevalence import Z_95

# With fewer headlines in all, the spread of values is too uncertain for the normal distribution.
ENOUGH = 30
Floats: TypeAlias = NDArray[np.float64]
_LEAST = 1e-6  # of a standard error: the resolution of roll-ups


def leans(outlets: Mapping[str, Sums]) -> dict[str, Lean]:
    """The lean of each outlet against all others together; empty with one outlet or fewer than 30 headlines.

    The interval is that of the difference of two means with the pooled variance of values (Student 1908): an outlet
    with few headlines borrows it from the others. The error that a model makes on all headlines alike cancels. P-values
    are corrected by Holm's method over the outlets compared; intervals are not.
    """
    total = sum(outlets.values(), Sums())
    compared = {name: own for name, own in outlets.items() if own.count < total.count}
    if total.count < ENOUGH or not compared:
        return {}
    found = {name: _difference(own, total) for name, own in compared.items()}
    p_values = holm([erfc(abs(difference) / error / sqrt(2)) for difference, error in found.values()])
    return {
        name: Lean(difference, difference - Z_95 * error, difference + Z_95 * error, p_value)
        for (name, (difference, error)), p_value in zip(found.items(), p_values, strict=True)
    }


def _difference(own: Sums, total: Sums) -> tuple[float, float]:
    """Mean of an outlet minus mean of the others, and the standard error of that."""
    others = total.count - own.count
    rest = total.positive - own.positive
    within = total.squares - own.positive**2 / own.count - rest**2 / others
    variance = max(within, 0.0) / (total.count - 2)
    error = sqrt(variance * (1 / own.count + 1 / others))
    return own.positive / own.count - rest / others, max(error, _LEAST)


def holm(p_values: Sequence[float]) -> list[float]:
    """`barometer.stats.holm` without statsmodels, which services do not carry (Holm 1979)."""
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min((len(p_values) - rank) * p_values[place], 1.0))
        adjusted[place] = largest
    return adjusted


def with_equal_outlets(outlets: OutletBuckets) -> tuple[Buckets, NDArray[np.int64]]:
    """Sums that say of each hour or day what its outlets say together, each with the same weight; and its headlines.

    The mean m of the means of K outlets has the variance (1 / K²) sum(v / n), for n headlines of each and the variance
    v of one: that of the mean of K² / sum(1 / n) headlines. So the sums have this count, the mean m, and the variance
    of all values, no smaller than that within outlets. Outlets are taken as they are, not as drawn from others.

    Returns:
        Sums with counts that are no whole numbers, and the numbers of headlines that count.
    """
    hours, place = np.unique(outlets.hours, return_inverse=True)

    def total(each: Floats) -> Floats:
        return np.bincount(place, each, len(hours)).astype(np.float64)

    headlines = total(outlets.counts)
    mean = total(outlets.positive / outlets.counts) / np.bincount(place, minlength=len(hours))
    counts = np.bincount(place, minlength=len(hours)) ** 2 / total(1 / outlets.counts)
    variance = np.maximum(total(outlets.squares) / headlines - (total(outlets.positive) / headlines) ** 2, 0)
    sums = Buckets(hours, counts, counts * mean, counts * (variance + mean**2))
    return sums, headlines.astype(np.int64)
