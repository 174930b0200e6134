"""Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks")."""

import numpy as np
from scipy.optimize import minimize_scalar

from barometer.models.base import Floats

_TINY = 1e-12
_BOUNDS = (0.25, 8.0)


def apply_temperature(probabilities: Floats, temperature: float) -> Floats:
    """Return softmax(log p / T) for probabilities of shape (N, K); T = 1 changes nothing, T > 1 softens."""
    logits = np.log(np.clip(probabilities, _TINY, None)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def fit_temperature(probabilities: Floats, targets: Floats) -> float:
    """Return the temperature in [0.25, 8] that minimises the cross-entropy of validation data.

    Args:
        probabilities: uncalibrated, shape (N, K).
        targets: soft labels, shape (N, K).
    """

    def loss(log_temperature: float) -> float:
        scaled = apply_temperature(probabilities, float(np.exp(log_temperature)))
        return float(-(targets * np.log(np.clip(scaled, _TINY, None))).sum(axis=1).mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(_BOUNDS)), method="bounded")
    return float(np.exp(found.x))


def apply_news_temperature(news: Floats, temperature: float) -> Floats:
    """The same for the probability of being news, shape (N,)."""
    return apply_temperature(_two_classes(news), temperature)[:, 1]


def fit_news_temperature(news: Floats, targets: Floats) -> float:
    """The same for the probability of being news against the share who called it news.

    1 where nobody was asked, or where the model says the same of every headline because it cannot tell.

    Args:
        news: uncalibrated, shape (N,).
        targets: shape (N,), NaN where nobody was asked.
    """
    asked = ~np.isnan(targets)
    if not asked.any() or np.ptp(news[asked]) == 0:
        return 1.0
    return fit_temperature(_two_classes(news[asked]), _two_classes(targets[asked]))


def _two_classes(share: Floats) -> Floats:
    return np.column_stack([1 - share, share])
