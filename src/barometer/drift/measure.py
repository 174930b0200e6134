"""Adversarial validation: can a classifier tell the texts of a reference set from those of a newer set?

An ROC AUC of 0.5 means that it cannot, 1 that it always can. The same function serves the study and production.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from barometer.drift.auc import (
    Ints,
    corrected_interval,
    fold_aucs,
    permutation_p_value,
    regularised_inverse,
    stratified_folds,
)
from barometer.drift.draw import DriftError, DriftSettings, Features, Sides, draw_sides
from barometer.drift.features import word_similarities
from barometer.drift.words import DriftedNgram, drifted_ngrams
from barometer.models.base import Floats
from barometer.stats import Estimate

Embed = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True)
class Measure:
    """How well the two sets are told apart by one kind of features.

    Attributes:
        auc: held-out ROC AUC of the newer set against the reference.
        control: the same for random halves of the reference set, about 0.5.
        p_value: one-sided, by permutation.
        fold_aucs: of the repeats, then folds; alike ordered for all measures of a result, so they may be paired.
    """

    features: Features
    masked: bool
    auc: Estimate
    control: Estimate
    p_value: float
    fold_aucs: Floats


@dataclass(frozen=True)
class DriftResult:
    """What was found.

    Attributes:
        reference, newer: texts compared on each side.
        folds: of the cross-validation.
        measures: one for each kind of features and masking.
        ngrams: those that drifted most each way, by masking, the newer set's first.
    """

    reference: int
    newer: int
    folds: int
    measures: list[Measure]
    ngrams: dict[bool, list[DriftedNgram]]


def measure_drift(
    reference: Sequence[str],
    newer: Sequence[str],
    rng: np.random.Generator,
    settings: DriftSettings,
    embed: Embed | None = None,
) -> DriftResult:
    """Compare two sets of texts; the same generator state gives the same result.

    Args:
        reference, newer: texts; one that is on both sides stays on the newer side only.
        rng: for sampling, folds and permutations.
        settings: how.
        embed: vectors of length 1 for N texts, shape (N, D); needed for `embedding` features only.

    Raises:
        DriftError: if a side has fewer than `min_texts`, or embeddings are wanted and there is no way to make them.
    """
    sides = draw_sides(reference, newer, rng, settings)
    folds = [stratified_folds(sides.labels, settings.folds, rng) for _ in range(settings.repeats)]
    variants = {masked: sides.masked() if masked else sides for masked in settings.masking}
    measures = [
        _measure(kind, masked, variant, folds, rng, settings, embed)
        for kind in settings.features
        for masked, variant in variants.items()
    ]
    ngrams = {
        masked: drifted_ngrams(
            variant.reference,
            variant.newer,
            top=settings.top_ngrams,
            min_headlines=settings.min_headlines,
            prior_total=settings.prior_words,
        )
        for masked, variant in variants.items()
    }
    return DriftResult(len(sides.reference), len(sides.newer), settings.folds, measures, ngrams)


def _measure(
    kind: Features,
    masked: bool,
    sides: Sides,
    folds: Sequence[Ints],
    rng: np.random.Generator,
    settings: DriftSettings,
    embed: Embed | None,
) -> Measure:
    gram = _similarities(kind, [*sides.reference, *sides.newer], embed)
    labels, half = sides.labels, len(sides.reference)
    inverse = regularised_inverse(gram, settings.penalty)
    found = np.concatenate([fold_aucs(inverse, labels[:, None], fold)[:, 0] for fold in folds])
    p_value = permutation_p_value(inverse, labels, folds[0], settings.permutations, rng)
    control = _control(gram[:half, :half], rng, settings)
    return Measure(kind, masked, _auc(found, settings), control, p_value, found)


def _similarities(kind: Features, texts: list[str], embed: Embed | None) -> Floats:
    """Inner products of the texts' features, shape (N, N)."""
    if kind == "word":
        try:
            return word_similarities(texts)
        except ValueError as error:
            raise DriftError(f"no words to compare: {error}") from None
    if embed is None:
        raise DriftError("features name 'embedding', but no encoder was given; only 'word' needs none")
    vectors = embed(texts)
    return np.asarray(vectors @ vectors.T, dtype=float)


def _control(gram: Floats, rng: np.random.Generator, settings: DriftSettings) -> Estimate:
    """Tell random halves of the reference set apart, halved anew in every repeat; `gram` is of that set."""
    inverse = regularised_inverse(gram, settings.penalty)
    found = []
    for _ in range(settings.repeats):
        halves = rng.permutation(len(gram)) % 2
        found.append(fold_aucs(inverse, halves[:, None], stratified_folds(halves, settings.folds, rng))[:, 0])
    return _auc(np.concatenate(found), settings)


def _auc(found: Floats, settings: DriftSettings) -> Estimate:
    estimate = corrected_interval(found, settings.folds, settings.confidence)
    return Estimate(estimate.value, max(estimate.low, 0.0), min(estimate.high, 1.0))
