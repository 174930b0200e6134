"""Calibration on validation data: temperatures (Guo et al. 2017, "On Calibration of Modern Neural Networks"), the
probability of being news from which a headline counts, and the barometer's weights.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import norm, rankdata

from barometer.labels import FIELD_NAMES, N_CLASSES
from barometer.models.base import Examples, Floats
from barometer.models.metrics import Labels
from barometer.models.prevalence_fit import fit_prevalence
from barometer.stats import Estimate

MOST_LOST = 0.02  # of the news of any class
_AGREED = 0.5
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

    1 where nobody was asked, or where the model does not predict it and gives every headline the same.

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


def called_news(shares: Floats) -> NDArray[np.bool_]:
    """Which headlines at least half of those asked called news, shape (N,); false where nobody was asked."""
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
        model gives every headline the same.
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


def calibrate(probabilities: Floats, news: Floats, validation: Examples, rng: np.random.Generator) -> dict[str, Any]:
    """Fit everything that turns a model's scores into calibrated numbers (see `ModelCard.calibration`).

    Temperature and barometer are fitted to the labels and not to the soft targets, because they should match headlines
    as readers label them; an annotator's doubt would pass for confusion of the model. The barometer is fitted on the
    headlines that count, from `news_threshold` on: what is not news is the easiest to call neutral, and is missing
    later. The threshold is left out where it cannot be chosen.

    Args:
        probabilities: of the validation headlines, uncalibrated, shape (N, 3).
        news: uncalibrated probability of being news, shape (N,).
        validation: the N examples.
        rng: draws the resamples of `fit_prevalence`.
    """
    labels = np.eye(N_CLASSES)[validation.labels]
    temperature = fit_temperature(probabilities, labels)
    news_temperature = fit_news_temperature(news, validation.news)
    calibrated_news = apply_news_temperature(news, news_temperature)
    threshold = choose_threshold(calibrated_news, validation.news, validation.labels)
    counts = calibrated_news >= (0 if threshold is None else threshold)
    calibrated = apply_temperature(probabilities, temperature)
    found = {
        "method": "temperature",
        "temperature": temperature,
        "news_temperature": news_temperature,
        "index": fit_prevalence(calibrated[counts], labels[counts], rng),
    }
    return found if threshold is None else found | {"news_threshold": threshold}


def lost_news(news: Floats, threshold: float, validation: Examples) -> dict[str, float]:
    """Share of each class's news that lies below the threshold, by field name; a class without news is left out."""
    real = called_news(validation.news)
    groups = {name: real & (validation.labels == c) for c, name in enumerate(FIELD_NAMES)}
    return {name: float((news[group] < threshold).mean()) for name, group in groups.items() if group.any()}
