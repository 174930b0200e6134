"""Whether there is more or less news than usual for the hour and the weekday."""

from collections.abc import Sequence
from math import sqrt
from statistics import mean, variance

# With fewer weeks the variance of a count is not known well enough to call anything unusual.
LEAST_WEEKS = 4


def volume_score(count: int, usual_counts: Sequence[int]) -> float | None:
    """How many standard errors of prediction a number of headlines lies above the mean of the same hours of past weeks.

    `(x - m) / sqrt(s² (1 + 1/n))`, by which a new observation is held against n earlier ones (Hahn and Meeker,
    Statistical Intervals, 1991, chapter 4). The variance is never taken to be less than the mean, as counts scatter
    at least as a Poisson variable does, nor less than 1: weeks that happen to be equal prove nothing.

    Args:
        count: headlines of the window.
        usual_counts: of the windows of the same hours and weekday in earlier weeks.

    Returns:
        None with fewer than four of them.
    """
    if len(usual_counts) < LEAST_WEEKS:
        return None
    middle = mean(usual_counts)
    spread = max(variance(usual_counts), middle, 1.0)
    return float((count - middle) / sqrt(spread * (1 + 1 / len(usual_counts))))
