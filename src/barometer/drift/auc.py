"""How well a linear classifier separates two sets: held-out ROC AUC, its interval and its permutation test.

The classifier is ridge regression of a set's indicator on the features, as a kernel machine: its scores rank like those
of logistic regression here, and one inverse of the regularised Gram matrix serves every fold and every permutation.
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
    """The fold of each of N texts, shape (N,); every fold has its share of each label, to within one text."""
    assigned = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        assigned[members] = np.arange(len(members)) % folds
    return assigned


def regularised_inverse(gram: Floats, penalty: float) -> Floats:
    """The inverse of (centred Gram matrix + penalty times identity), both of shape (N, N).

    `gram` holds the inner products of N feature vectors, and centring makes them those of the vectors less their mean.
    It depends on all texts but on no label, so it is the same for every permutation of the labels.
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
    are not clipped, so that it serves differences too.
    """
    count, mean = len(values), float(values.mean())
    spread = float(np.sqrt((1 / count + 1 / (folds - 1)) * values.var(ddof=1)))
    half = float(student_t.ppf((1 + confidence) / 2, count - 1)) * spread
    return Estimate(mean, mean - half, mean + half)


def mean_auc(aucs: Floats, folds: int, confidence: float) -> Estimate:
    """The mean of the AUCs of repeated cross-validation, shape (repeats * folds,), with its interval within 0 to 1."""
    found = corrected_interval(aucs, folds, confidence)
    return Estimate(found.value, max(found.low, 0.0), min(found.high, 1.0))


def control_auc(gram: Floats, folds: int, repeats: int, penalty: float, rng: np.random.Generator) -> Floats:
    """Held-out AUCs of random halves of one set, drawn again in every repeat, shape (repeats * folds,).

    They show what the method finds where nothing differs; `gram` holds the inner products of that set, shape (N, N).
    """
    inverse = regularised_inverse(gram, penalty)
    found = []
    for _ in range(repeats):
        halves = rng.permutation(len(gram)) % 2
        found.append(fold_aucs(inverse, halves[:, None], stratified_folds(halves, folds, rng))[:, 0])
    return np.concatenate(found)


def permutation_p_value(
    inverse: Floats, labels: Ints, fold: Ints, permutations: int, rng: np.random.Generator
) -> float:
    """Probability of a mean AUC at least this high if the labels were unrelated to the texts, one-sided.

    Test 1 of Ojala and Garriga 2010: (1 + permutations that reach the AUC) / (1 + permutations). Labels are permuted
    within folds, so that every permutation is refitted on folds as balanced as the real ones.
    """
    shuffled = np.empty((len(labels), permutations + 1), dtype=np.int64)
    shuffled[:, 0] = labels
    for k in np.unique(fold):
        block = np.flatnonzero(fold == k)
        shuffled[block, 1:] = rng.permuted(np.tile(labels[block, None], permutations), axis=0)
    # Rounded, so that a permutation that reproduces the labels counts as reaching the AUC.
    means = fold_aucs(inverse, shuffled, fold).mean(axis=0).round(12)
    return float((1 + (means[1:] >= means[0]).sum()) / (1 + permutations))
