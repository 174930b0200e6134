"""Probable label errors by confident learning, and how many labels flipped on purpose it finds.

Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from cleanlab.count import estimate_joint
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from barometer.labels import N_CLASSES
from barometer.models.base import Floats
from barometer.models.metrics import Labels
from barometer.stats import Estimate, Mask, percentile_interval

Filter = Literal["prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "predicted_neq_given"]


@dataclass(frozen=True)
class Opinion:
    """What one model's out-of-fold probabilities say about N labels.

    Attributes:
        suspect: labels that confident learning marks as errors, shape (N,).
        quality: self-confidence, the probability of the given label, shape (N,); low is bad.
        joint: estimated joint distribution of given (rows) and true (columns) labels, shape (3, 3), sums to 1.
    """

    suspect: Mask
    quality: Floats
    joint: Floats

    @property
    def noise(self) -> float:
        """Estimated share of wrong labels."""
        return float(1 - np.trace(self.joint))


@dataclass(frozen=True, slots=True)
class Detection:
    """How well suspects and quality scores find labels that are known to be wrong.

    Attributes:
        precision: share of the suspects that were flipped; a genuine error among them counts against it.
        recall: share of the flipped labels that are suspects.
        auroc: probability that a flipped label has a lower quality than one that was left alone.
        top_precision: share of flipped labels among the K of lowest quality, where K labels were flipped.
    """

    precision: Estimate
    recall: Estimate
    auroc: Estimate
    top_precision: Estimate


def opinion(labels: Labels, probabilities: Floats, filter_by: Filter) -> Opinion:
    """Judge N labels by out-of-fold probabilities of shape (N, 3).

    Raises:
        ValueError: if a class has no label, since confident learning then has no threshold for it.
    """
    _check(labels, probabilities)
    suspect = find_label_issues(labels, probabilities, filter_by=filter_by, n_jobs=1)  # more would fork this process
    quality = get_label_quality_scores(labels, probabilities, method="self_confidence")
    return Opinion(
        np.asarray(suspect, dtype=bool), np.asarray(quality), np.asarray(estimate_joint(labels, probabilities))
    )


def _check(labels: Labels, probabilities: Floats) -> None:
    if probabilities.shape != (len(labels), N_CLASSES):
        raise ValueError(f"{len(labels)} labels and probabilities of shape {probabilities.shape} do not match")
    counts = np.bincount(labels, minlength=N_CLASSES)
    if counts.min() == 0:
        raise ValueError(f"labels by class: {counts.tolist()}; confident learning needs some of every class")


def suggested_labels(labels: Labels, probabilities: Sequence[Floats]) -> NDArray[np.int64]:
    """The class other than the given one that the models' mean probability favours, shape (N,)."""
    mean = np.mean(probabilities, axis=0)
    mean[np.arange(len(labels)), labels] = -1.0
    return np.asarray(mean.argmax(axis=1), dtype=np.int64)


def shared_suspects(opinions: Mapping[str, Opinion]) -> Mask:
    """The labels that every model suspects, shape (N,)."""
    return np.asarray(np.logical_and.reduce([found.suspect for found in opinions.values()]))


def overlap(opinions: Mapping[str, Opinion]) -> float:
    """Jaccard index of the models' suspects: those of all over those of any; 0 where there are none."""
    union = np.logical_or.reduce([found.suspect for found in opinions.values()]).sum()
    return float(shared_suspects(opinions).sum() / max(union, 1))


def flip_labels(labels: Labels, share: float, rng: np.random.Generator) -> tuple[NDArray[np.int64], Mask]:
    """Flip a share of N labels, each to one of the other classes at random; also return which ones, shape (N,)."""
    flipped = np.zeros(len(labels), dtype=bool)
    flipped[rng.choice(len(labels), size=max(1, round(share * len(labels))), replace=False)] = True
    shift = rng.integers(1, N_CLASSES, size=len(labels))
    return np.where(flipped, (labels + shift) % N_CLASSES, labels).astype(np.int64), flipped


def out_of_fold(vectors: Floats, labels: Labels, folds: NDArray[np.integer], inverse_regularisation: float) -> Floats:
    """Predict each of N headlines by a logistic regression that has not seen its fold.

    Args:
        vectors: shape (N, width).
        labels: shape (N,), as given, right or wrong.
        folds: number of each headline's fold, shape (N,).
        inverse_regularisation: C of scikit-learn.

    Returns:
        Probabilities, shape (N, 3), class order.
    """
    probabilities = np.zeros((len(labels), N_CLASSES))
    for fold in np.unique(folds):
        held_out = folds == fold
        model = LogisticRegression(C=inverse_regularisation, max_iter=1000)
        model.fit(vectors[~held_out], labels[~held_out])
        probabilities[np.ix_(held_out, model.classes_)] = model.predict_proba(vectors[held_out])
    return probabilities


def detection(
    flipped: Sequence[Mask],
    opinions: Sequence[Opinion],
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Detection:
    """Score how well flipped labels are found, with bootstrap intervals over headlines and R repeats.

    Args:
        flipped: R masks of shape (N,).
        opinions: of the labels of each repeat.
        rng: draws the resamples.
        samples: of the bootstrap.
        confidence: of the intervals.
    """
    # Sorted once: a resample only changes how often each headline counts.
    orders = [np.argsort(found.quality, kind="stable") for found in opinions]
    cases = [(o, mask[o], found.suspect[o]) for o, mask, found in zip(orders, flipped, opinions, strict=True)]
    n, repeats = len(flipped[0]), len(cases)
    value = np.mean([_detection_figures(np.ones(n), *case) for case in cases], axis=0)
    draws = np.empty((samples, len(value)))
    for draw in draws:
        counts = np.bincount(rng.integers(n, size=n), minlength=n).astype(float)
        chosen = rng.integers(repeats, size=repeats)
        draw[:] = np.mean([_detection_figures(counts, *cases[r]) for r in chosen], axis=0)
    return Detection(*[percentile_interval(float(v), d, confidence) for v, d in zip(value, draws.T, strict=True)])


def _detection_figures(counts: Floats, order: Labels, flipped: Mask, suspect: Mask) -> tuple[float, ...]:
    """Precision, recall, AUROC and precision at the top; masks are in `order` of rising quality, counts are not."""
    weights = counts[order]
    wrong, right = weights * flipped, weights * ~flipped
    found, total = (wrong * suspect).sum(), max(wrong.sum(), 1)  # a resample of very few may hold none
    top = np.cumsum(weights) <= total
    return (
        float(found / max((weights * suspect).sum(), 1)),
        float(found / total),
        float((right * np.cumsum(wrong)).sum() / (total * max(right.sum(), 1))),
        float((wrong * top).sum() / max((weights * top).sum(), 1)),
    )
