"""How much news there is, beside how positive it is: a window's headlines against the same window of earlier weeks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

# Fewer weeks tell little of how much they differ.
MIN_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Volume:
    """How many headlines a window has, the mean of earlier weeks, and the score; both None with too few weeks."""

    count: int
    usual: float | None
    z: float | None


def volume_of(count: int, usual: Sequence[int]) -> Volume:
    """The volume of a window, given its headlines and those of the same window in earlier weeks (non-negative)."""
    return Volume(count, fmean(usual) if len(usual) >= MIN_WEEKS else None, volume_score(count, usual))


def volume_score(count: int, usual: Sequence[int]) -> float | None:
    """How unusual a number of headlines is, in standard deviations; None with fewer than four numbers to compare with.

    Counts are compared as y = 2 sqrt(x + 3/8), which for Poisson counts has variance 1 whatever their mean (Anscombe,
    "The transformation of Poisson, binomial and negative-binomial data", Biometrika 35, 1948, eq. 2.2):

        z = (y - mean of y_i) / sqrt(max(1, variance of y_i) (1 + 1/n))

    News comes in bursts, so the variance is that of the n earlier counts, but never below that of independent arrivals:
    hours with none or one headline are not unusual after weeks of exactly one. 1 + 1/n is for the error of their mean.

    Args:
        count: the headlines of a window.
        usual: those of the same window in earlier weeks.
    """
    if len(usual) < MIN_WEEKS:
        return None
    before = [_stabilised(other) for other in usual]
    return (_stabilised(count) - fmean(before)) / sqrt(max(1.0, variance(before)) * (1 + 1 / len(before)))


def _stabilised(count: int) -> float:
    return 2 * sqrt(count + 3 / 8)
