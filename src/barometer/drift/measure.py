"""Adversarial validation: can a classifier tell the texts of a reference set from those of a newer set?

A ROC AUC of 0.5 means that it cannot, 1 that it always can. The same function serves the study and production.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from barometer.corpus.near_duplicates import near_duplicate_groups
from barometer.drift.auc import (
    Ints,
    control_auc,
    fold_aucs,
    mean_auc,
    permutation_p_value,
    regularised_inverse,
    stratified_folds,
)
from barometer.drift.words import DriftedNgram, drifted_ngrams, mask_numbers_and_dates, word_similarities
from barometer.headline import headline_id
from barometer.models.base import Floats
from barometer.settings import Positive, Section, Share
from barometer.stats import Estimate

Features = Literal["word", "embedding"]
Embed = Callable[[Sequence[str]], Floats]


class DriftError(ValueError):
    """Two sets cannot be compared: too few texts, or no vectors for them."""


class DriftSettings(Section):
    """How two sets are compared.

    Attributes:
        features: what the classifier sees.
        masking: whether numbers and dates are masked; both values compare with and without.
        sample, min_texts: most and fewest texts per set.
        near_duplicate_similarity: texts at least this similar count as one.
        folds, repeats: of the stratified cross-validation.
        permutations: of the labels, for the p-value; with fewer than 19 it cannot be 0.05 or less.
        penalty: of the ridge regression, for features of length 1.
        confidence: of the intervals.
        top_ngrams, min_headlines: n-grams listed each way, and the fewest headlines that contain a listed one.
        prior_words: weight of the log-odds' prior, in words.
    """

    features: Annotated[list[Features], Field(min_length=1)]
    masking: Annotated[list[bool], Field(min_length=1)]
    sample: Annotated[int, Field(ge=20)]
    min_texts: Annotated[int, Field(ge=20)]
    near_duplicate_similarity: Share
    folds: Annotated[int, Field(ge=2, le=10)]
    repeats: Positive
    permutations: Annotated[int, Field(ge=19)]
    penalty: Annotated[float, Field(gt=0)]
    confidence: Share
    top_ngrams: Positive
    min_headlines: Positive
    prior_words: Annotated[float, Field(gt=0)]


@dataclass(frozen=True)
class Measure:
    """How well one kind of features separates the two sets.

    Attributes:
        auc: held-out ROC AUC of the newer set against the reference.
        control: the same for random halves of the reference set, about 0.5.
        p_value: one-sided, by permutation.
        fold_aucs: by repeat, then fold; all measures of a comparison share their folds, so they may be paired.
    """

    features: Features
    masked: bool
    auc: Estimate
    control: Estimate
    p_value: float
    fold_aucs: Sequence[float]


@dataclass(frozen=True)
class DriftResult:
    """What a comparison found, as plain values.

    Attributes:
        reference, newer: texts compared in each set.
        folds: of the cross-validation.
        measures: one for each kind of features and masking.
        ngrams: those that drifted most each way, by masking, the newer set's first.
    """

    reference: int
    newer: int
    folds: int
    measures: Sequence[Measure]
    ngrams: dict[bool, Sequence[DriftedNgram]]


@dataclass(frozen=True, slots=True)
class Sides:
    """The texts that are compared, after sampling and without near-duplicates."""

    reference: list[str]
    newer: list[str]

    @property
    def texts(self) -> list[str]:
        """All N texts, the reference first."""
        return [*self.reference, *self.newer]

    @property
    def labels(self) -> Ints:
        """0 for each reference text and 1 for each newer one, shape (N,)."""
        return np.repeat([0, 1], [len(self.reference), len(self.newer)])

    def masked(self) -> "Sides":
        """The same texts with numbers and dates masked."""
        return Sides(list(map(mask_numbers_and_dates, self.reference)), list(map(mask_numbers_and_dates, self.newer)))


def draw_sides(
    reference: Sequence[str], newer: Sequence[str], rng: np.random.Generator, settings: DriftSettings
) -> Sides:
    """Sample both sets; a text in both stays in the newer one, and each group of near-duplicates keeps one text.

    Near-duplicates in two folds would let the classifier recognise a text instead of a set.

    Raises:
        DriftError: naming the set with fewer than `min_texts`.
    """
    taken = {headline_id(text) for text in newer}
    old = _sample([text for text in reference if headline_id(text) not in taken], settings.sample, rng)
    sides = Sides(old, _sample(newer, settings.sample, rng))
    sides = _without_near_duplicates(sides, settings.near_duplicate_similarity, rng)
    for name, texts in (("reference", sides.reference), ("newer", sides.newer)):
        if len(texts) < settings.min_texts:
            raise DriftError(
                f"the {name} set has {len(texts)} texts after removing shared texts and near-duplicates; "
                f"min_texts requires {settings.min_texts}"
            )
    return sides


def _sample(texts: Sequence[str], most: int, rng: np.random.Generator) -> list[str]:
    return [texts[i] for i in np.sort(rng.permutation(len(texts))[:most])]


def _without_near_duplicates(sides: Sides, similarity: float, rng: np.random.Generator) -> Sides:
    """Keep one text of each group, whichever comes first in a random order, so that neither set is favoured."""
    groups = near_duplicate_groups(sides.texts, similarity)
    order = rng.permutation(len(groups))
    _, first = np.unique(groups[order], return_index=True)
    kept = np.zeros(len(groups), dtype=bool)
    kept[order[first]] = True
    half = len(sides.reference)
    return Sides(list(compress(sides.reference, kept[:half])), list(compress(sides.newer, kept[half:])))


def measure_drift(
    reference: Sequence[str],
    newer: Sequence[str],
    rng: np.random.Generator,
    settings: DriftSettings,
    embed: Embed | None = None,
) -> DriftResult:
    """Compare two sets of texts; the same generator state gives the same result.

    Args:
        reference, newer: texts; one that is in both sets stays in the newer set only.
        rng: for sampling, folds and permutations.
        settings: how.
        embed: vectors of length 1 for N texts, shape (N, D); needed for `embedding` features only.

    Raises:
        DriftError: if a set has fewer than `min_texts`, or embeddings are requested without a way to make them.
    """
    sides = draw_sides(reference, newer, rng, settings)
    folds = [stratified_folds(sides.labels, settings.folds, rng) for _ in range(settings.repeats)]
    variants = {masked: sides.masked() if masked else sides for masked in settings.masking}

    def measure(kind: Features, masked: bool) -> Measure:
        gram = _similarities(kind, variants[masked].texts, embed)
        inverse = regularised_inverse(gram, settings.penalty)
        found = np.concatenate([fold_aucs(inverse, sides.labels[:, None], fold)[:, 0] for fold in folds])
        p_value = permutation_p_value(inverse, sides.labels, folds[0], settings.permutations, rng)
        half = len(sides.reference)
        control = control_auc(gram[:half, :half], settings.folds, settings.repeats, settings.penalty, rng)
        auc, chance = (mean_auc(values, settings.folds, settings.confidence) for values in (found, control))
        return Measure(kind, masked, auc, chance, p_value, found.tolist())

    measures = [measure(kind, masked) for kind in settings.features for masked in variants]
    ngrams = {
        masked: drifted_ngrams(
            variant.reference, variant.newer, settings.top_ngrams, settings.min_headlines, settings.prior_words
        )
        for masked, variant in variants.items()
    }
    return DriftResult(len(sides.reference), len(sides.newer), settings.folds, measures, ngrams)


def _similarities(kind: Features, texts: list[str], embed: Embed | None) -> Floats:
    """Inner products of the texts' features, shape (N, N)."""
    if kind == "word":
        try:
            return word_similarities(texts)
        except ValueError as error:
            raise DriftError(f"no words to compare: {error}") from None
    if embed is None:
        raise DriftError("features contain 'embedding', but no encoder was given; only 'word' works without one")
    vectors = embed(texts)
    return np.asarray(vectors @ vectors.T, dtype=float)
