"""Whether a headline is news at all: from which probability on it counts, and how well the probability tells."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from barometer.labels import N_CLASSES
from barometer.models.base import Floats
from barometer.models.metrics import Labels
from barometer.stats import Estimate

MOST_LOST = 0.02  # of the news of any class
_AGREED = 0.5


def called_news(shares: Floats) -> NDArray[np.bool_]:
    """Which headlines at least half of those who were asked called news, shape (N,); not those nobody was asked of."""
    return np.asarray(shares >= _AGREED)


def choose_threshold(news: Floats, shares: Floats, labels: Labels, most_lost: float = MOST_LOST) -> float | None:
    """The highest probability below which at most `most_lost` of the news of each class lies.

    The limit holds for each class, so that dropping what lies below cannot tilt the barometer.

    Args:
        news: calibrated probability of being news, shape (N,).
        shares: who called it news, in [0, 1], shape (N,); NaN where nobody was asked.
        labels: the classes, shape (N,).
        most_lost: the largest share of a class's news that may be dropped.

    Returns:
        The threshold; None where it cannot be chosen: nobody was asked, no news or nothing else was found, or the
        model says the same of every headline.
    """
    asked, real = ~np.isnan(shares), called_news(shares)
    if not real.any() or not (asked & ~real).any() or np.ptp(news[asked]) == 0:
        return None
    groups = [news[real & (labels == c)] for c in range(N_CLASSES)]
    return float(min(np.quantile(group, most_lost, method="lower") for group in groups if len(group)))


def area_under_curve(news: Floats, real: NDArray[np.bool_], confidence: float = 0.95) -> Estimate:
    """Area under the ROC curve: how often news has a higher probability than something else; ties count half.

    The interval is that of Hanley and McNeil 1982 ("The Meaning and Use of the Area under a ROC Curve", equation 2),
    cut to [0, 1].

    Args:
        news: probability of being news, shape (N,).
        real: which headlines are news, shape (N,).
        confidence: of the interval.

    Raises:
        ValueError: if all headlines are news, or none is.
    """
    n, m = int(real.sum()), int((~real).sum())
    if not n or not m:
        raise ValueError(f"{n} headlines are news and {m} are not; a ROC curve needs both")
    area = float((rankdata(news)[real].sum() - n * (n + 1) / 2) / (n * m))
    two_news, two_others = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (n - 1) * (two_news - area**2) + (m - 1) * (two_others - area**2)
    half = float(norm.ppf((1 + confidence) / 2) * np.sqrt(spread / (n * m)))
    return Estimate(area, max(area - half, 0.0), min(area + half, 1.0))
