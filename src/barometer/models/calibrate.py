"""Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks")."""

import numpy as np
from scipy.optimize import minimize_scalar

from barometer.models.base import Floats

_TINY = 1e-12
_BOUNDS = (0.25, 8.0)


def apply_temperature(probabilities: Floats, temperature: float) -> Floats:
    """Return softmax(log p / T) for probabilities of shape (N, 3); T = 1 changes nothing, T > 1 softens."""
    logits = np.log(np.clip(probabilities, _TINY, None)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def fit_temperature(probabilities: Floats, targets: Floats) -> float:
    """Return the temperature in [0.25, 8] that minimises the cross-entropy of validation data.

    Args:
        probabilities: uncalibrated, shape (N, 3).
        targets: soft labels, shape (N, 3).
    """

    def loss(log_temperature: float) -> float:
        scaled = apply_temperature(probabilities, float(np.exp(log_temperature)))
        return float(-(targets * np.log(np.clip(scaled, _TINY, None))).sum(axis=1).mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(_BOUNDS)), method="bounded")
    return float(np.exp(found.x))
