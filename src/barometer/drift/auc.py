"""How well a linear classifier tells two sets apart: held-out ROC AUC, its interval and its permutation test.

The classifier is ridge regression of a set's indicator on the features, as a kernel machine: its scores rank like those
of logistic regression here, and one inverse of the regularised Gram matrix answers every fold and every permutation.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import rankdata
from scipy.stats import t as student_t

from barometer.models.base import Floats
from barometer.stats import Estimate

Ints = NDArray[np.integer]


def stratified_folds(labels: Ints, folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The fold of each of N texts, shape (N,); every fold has its share of each label, give or take one text."""
    assigned = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        assigned[members] = np.arange(len(members)) % folds
    return assigned


def regularised_inverse(gram: Floats, penalty: float) -> Floats:
    """The inverse of (centred Gram matrix + penalty times identity), both of shape (N, N).

    `gram` holds the inner products of N feature vectors, and centring makes them those of the vectors less their mean.
    It looks at all texts but at no label, so it is the same for every permutation of the labels.
    """
    means = gram.mean(axis=0)
    centred = np.asarray(gram - means - means[:, None] + means.mean(), dtype=float)
    centred[np.diag_indices_from(centred)] += penalty
    factor = cho_factor(centred, lower=True, overwrite_a=True)
    return np.asarray(cho_solve(factor, np.eye(len(gram)), overwrite_b=True))


def held_out_scores(inverse: Floats, targets: Floats, fold: Ints) -> Floats:
    """Predictions for every text by the ridge regression that has not seen its fold.

    With A the inverse and B the texts of a fold, the prediction is y_B - (A_BB)^-1 (A y)_B, which is exactly what
    refitting on the other folds gives (An, Liu and Venkatesh 2007, "Fast cross-validation algorithms for least squares
    support vector machine and kernel ridge regression").

    Args:
        inverse: of `regularised_inverse`, shape (N, N).
        targets: one column for each regression, shape (N, T).
        fold: of each text, shape (N,).

    Returns:
        Scores of shape (N, T).
    """
    fitted = inverse @ targets
    scores = np.empty_like(targets, dtype=float)
    for k in np.unique(fold):
        block = np.flatnonzero(fold == k)
        factor = cho_factor(inverse[np.ix_(block, block)], lower=True)
        scores[block] = targets[block] - cho_solve(factor, fitted[block])
    return scores


def roc_auc(scores: Floats, labels: Ints) -> Floats:
    """Area under the ROC curve of each column, shape (T,): the Mann-Whitney statistic over mid-ranks.

    Args:
        scores, labels: shape (N, T); labels are 0 and 1, both present in every column.
    """
    ones = labels.sum(axis=0)
    rank_sum = (rankdata(scores, axis=0) * labels).sum(axis=0)
    return np.asarray((rank_sum - ones * (ones + 1) / 2) / (ones * (len(labels) - ones)))


def fold_aucs(inverse: Floats, labels: Ints, fold: Ints) -> Floats:
    """Held-out ROC AUC of every fold (rows) and labelling (columns of `labels`, shape (N, T)); shape (folds, T)."""
    scores = held_out_scores(inverse, labels - labels.mean(axis=0), fold)
    return np.stack([roc_auc(scores[fold == k], labels[fold == k]) for k in np.unique(fold)])


def corrected_interval(values: Floats, folds: int, confidence: float) -> Estimate:
    """Mean of the figures of repeated k-fold cross-validation, shape (repeats * folds,), with a t interval.

    Training sets overlap, so the variance of the mean is (1/J + 1/(folds - 1)) times that of the J figures, where
    1/(folds - 1) is test over training size: Nadeau and Bengio 2003, for repeats Bouckaert and Frank 2004. The bounds
    are not clipped, so that differences may use it too.
    """
    count, mean = len(values), float(values.mean())
    spread = float(np.sqrt((1 / count + 1 / (folds - 1)) * values.var(ddof=1)))
    half = float(student_t.ppf((1 + confidence) / 2, count - 1)) * spread
    return Estimate(mean, mean - half, mean + half)


def difference(a: Estimate, b: Estimate) -> Estimate:
    """a less b, of different texts, with an interval from theirs (MOVER, Zou and Donner 2008)."""
    value = a.value - b.value
    below = float(np.hypot(a.value - a.low, b.high - b.value))
    above = float(np.hypot(a.high - a.value, b.value - b.low))
    return Estimate(value, value - below, value + above)


def permutation_p_value(
    inverse: Floats, labels: Ints, fold: Ints, permutations: int, rng: np.random.Generator
) -> float:
    """Probability of so high a mean AUC if the labels had nothing to do with the texts, one-sided.

    Test 1 of Ojala and Garriga 2010: (1 + permutations that reach the AUC) / (1 + permutations). Labels are permuted
    within folds, so that every permutation is refitted over folds as balanced as the real ones.
    """
    shuffled = np.empty((len(labels), permutations + 1), dtype=np.int64)
    shuffled[:, 0] = labels
    for k in np.unique(fold):
        block = np.flatnonzero(fold == k)
        shuffled[block, 1:] = rng.permuted(np.tile(labels[block, None], permutations), axis=0)
    # Rounded, so that a permutation which gives the same labels counts as reaching the figure.
    means = fold_aucs(inverse, shuffled, fold).mean(axis=0).round(12)
    return float((1 + (means[1:] >= means[0]).sum()) / (1 + permutations))
