"""Estimates the share of positive headlines of a window from probabilities, whatever the window's class mix.

`fit_prevalence` is the linear estimator that production uses; `saerens_em` needs every probability of a window at once
and is what it is compared with.
"""

import numpy as np

from barometer.labels import N_CLASSES, Label
from barometer.models.base import Floats
from barometer.prevalence import Prevalence

PLAIN: Floats = np.eye(N_CLASSES)[Label.POSITIVE]
# E[q q'] of class shares q that are drawn evenly from all possible ones, Dirichlet(1, 1, 1).
_ANY_MIX: Floats = (np.eye(N_CLASSES) + 1) / (N_CLASSES * (N_CLASSES + 1))
_STEPS: Floats = np.linspace(0, 1, 101)
_TOLERANCE, _ROUNDS = 1e-5, 500


def class_means(probabilities: Floats, targets: Floats) -> Floats:
    """Mean probabilities of each true class, shape (3, 3): row c is E[p | c].

    Args:
        probabilities: shape (N, 3).
        targets: soft or one-hot labels, shape (N, 3), the weights of the means.

    Raises:
        ValueError: if a class has no headline.
    """
    sizes = targets.sum(axis=0)
    if not sizes.all():
        raise ValueError(f"the class sizes are {sizes.tolist()}; each class needs a headline to be corrected for")
    return np.asarray((targets.T @ probabilities) / sizes[:, None])


def pacc_weights(means: Floats) -> Floats:
    """Weights w with M w = (0, 0, 1), so that the mean of w . p is the share of positives under any class mix.

    This is the probabilistic adjusted count of Bella et al. 2010 ("Quantification via Probability Estimators",
    equation 5), for three classes. It assumes that the mix shifts and E[p | c] does not. Where the classes cannot be
    told apart (M singular) it is the solution of least squares.
    """
    return np.asarray(np.linalg.lstsq(means, PLAIN, rcond=None)[0])


def fit_prevalence(
    probabilities: Floats, targets: Floats, rng: np.random.Generator, *, window: int = 100, resamples: int = 500
) -> Prevalence:
    """Fit weights and interval of the barometer on calibrated probabilities of headlines that the model did not learn.

    The weights lie between the plain mean and the probabilistic adjusted count, which is free of bias and has the
    larger variance: w = (1 - l) (0, 0, 1) + l w_pacc. The share l minimises the expected squared error of windows of
    `window` headlines, over class mixes that are all equally likely and over resamples of the calibration data, each
    class resampled alone (Efron and Tibshirani 1993).

    `variance` is that of the headlines' values within a class, and `bias_variance` the mean square over the resamples
    of the error that is left in an endless window of the calibration data's own mix.

    Args:
        probabilities: shape (N, 3).
        targets: what the share is meant to count, one-hot or soft, shape (N, 3). Soft targets of one annotator's doubt
            blur M and correct too much.
        rng: draws the resamples.
        window: headlines of the windows that the error is minimised for.
        resamples: how many.

    Returns:
        The plain mean without a measured error where a class has no headline, because nothing is known of it.
    """
    if not np.bincount(targets.argmax(axis=1), minlength=N_CLASSES).all():
        return Prevalence()
    means = class_means(probabilities, targets)
    spread = _spread_within(probabilities, targets, means)
    refits = np.array([pacc_weights(drawn) for drawn in _resampled_means(probabilities, targets, rng, resamples)])
    candidates = PLAIN + _STEPS[:, None, None] * (refits - PLAIN)  # (steps, resamples, 3)
    shared = _mean_squared_bias(candidates, means, _ANY_MIX)
    own = np.einsum("sbi,ij,sbj->s", candidates, spread.mean(axis=0), candidates) / len(refits)
    best = int(np.argmin(shared + own / window))
    weights = PLAIN + _STEPS[best] * (pacc_weights(means) - PLAIN)
    mix = targets.mean(axis=0)
    bias_variance = _mean_squared_bias(candidates[[best]], means, np.outer(mix, mix))[0]
    variance = float(weights @ np.tensordot(mix, spread, axes=1) @ weights)
    negative, neutral, positive = weights.tolist()
    return Prevalence((negative, neutral, positive), variance, float(bias_variance))


def _spread_within(probabilities: Floats, targets: Floats, means: Floats) -> Floats:
    """Covariance of the probabilities within each class, shape (3, 3, 3)."""
    apart = probabilities[:, None, :] - means
    products = np.einsum("nc,nci,ncj->cij", targets, apart, apart)
    return np.asarray(products / targets.sum(axis=0)[:, None, None])


def _resampled_means(probabilities: Floats, targets: Floats, rng: np.random.Generator, resamples: int) -> list[Floats]:
    """`class_means` of resamples in which every class keeps its size."""
    labels = targets.argmax(axis=1)
    groups = [np.flatnonzero(labels == c) for c in range(N_CLASSES)]
    drawn = (np.concatenate([rng.choice(group, len(group)) for group in groups]) for _ in range(resamples))
    return [class_means(probabilities[chosen], targets[chosen]) for chosen in drawn]


def _mean_squared_bias(weights: Floats, means: Floats, mixes: Floats) -> Floats:
    """Mean over resamples and mixes of the squared bias, for weights of shape (steps, resamples, 3).

    `mixes` is E[q q'] of the class shares q, shape (3, 3).
    """
    bias = weights @ means.T - PLAIN
    return np.asarray(np.einsum("sbi,ij,sbj->s", bias, mixes, bias) / weights.shape[1])


def saerens_em(probabilities: Floats, priors: Floats) -> Floats:
    """Class shares of windows by expectation maximisation, which alters the priors until they explain the window.

    Saerens et al. 2002, "Adjusting the Outputs of a Classifier to New a Priori Probabilities", equation 2.9.

    Args:
        probabilities: of the headlines of W windows, shape (W, N, 3).
        priors: class shares of the data that the model was calibrated on, shape (3,), all above 0.

    Returns:
        The shares, shape (W, 3).
    """
    shares = np.tile(priors, (len(probabilities), 1)).astype(float)
    open_ = np.arange(len(probabilities))
    for _ in range(_ROUNDS):
        joint = probabilities[open_] * (shares[open_] / priors)[:, None, :]
        found = (joint / joint.sum(axis=2, keepdims=True)).mean(axis=1)
        moved = np.abs(found - shares[open_]).max(axis=1)
        shares[open_] = found
        open_ = open_[moved > _TOLERANCE]
        if not len(open_):
            break
    return shares
