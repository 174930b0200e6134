"""Which texts two sets are compared by: a sample of each, without overlap or near-duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from barometer.corpus.near_duplicates import near_duplicate_groups
from barometer.drift.auc import Ints
from barometer.drift.features import mask_numbers_and_dates
from barometer.headline import headline_id
from barometer.settings import Positive, Section, Share

Features = Literal["word", "embedding"]


class DriftError(ValueError):
    """Two sets cannot be compared: too few texts, or no vectors for them."""


class DriftSettings(Section):
    """How two sets are compared.

    Attributes:
        features: what the classifier sees.
        masking: whether numbers and dates are masked; both values give both.
        sample, min_texts: most and fewest texts a side.
        near_duplicate_similarity: texts at least so alike count as one.
        folds, repeats: of the stratified cross-validation.
        permutations: of the labels, for the p-value; at least 19, without which no p-value is 0.05 or less.
        penalty: of the ridge regression, for features of length 1.
        confidence: of the intervals.
        top_ngrams, min_headlines: how many n-grams are listed each way, and how many headlines must hold one.
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


@dataclass(frozen=True, slots=True)
class Sides:
    """The texts that are compared, after sampling; none is near another."""

    reference: list[str]
    newer: list[str]

    @property
    def labels(self) -> Ints:
        """0 for each reference text and 1 for each newer one, shape (N,)."""
        return np.repeat([0, 1], [len(self.reference), len(self.newer)])

    def masked(self) -> "Sides":
        """The same texts with numbers and dates masked."""
        return Sides(
            [mask_numbers_and_dates(text) for text in self.reference],
            [mask_numbers_and_dates(text) for text in self.newer],
        )


def draw_sides(
    reference: Sequence[str], newer: Sequence[str], rng: np.random.Generator, settings: DriftSettings
) -> Sides:
    """Sample both sides without a text that is on both, and keep one of each group of near-duplicates.

    Near-duplicates in two folds would let the classifier recognise a text instead of a set.

    Raises:
        DriftError: naming the side with fewer than `min_texts`.
    """
    taken = {headline_id(text) for text in newer}
    old = _sample([text for text in reference if headline_id(text) not in taken], settings.sample, rng)
    new = _sample(newer, settings.sample, rng)
    sides = Sides(*_without_near_duplicates(old, new, settings.near_duplicate_similarity, rng))
    for name, texts in (("reference", sides.reference), ("newer", sides.newer)):
        if len(texts) < settings.min_texts:
            raise DriftError(
                f"the {name} set has {len(texts)} texts that are on its side only and no near-duplicates; "
                f"min_texts asks for {settings.min_texts}"
            )
    return sides


def _sample(texts: Sequence[str], most: int, rng: np.random.Generator) -> list[str]:
    return [texts[i] for i in np.sort(rng.permutation(len(texts))[:most])]


def _without_near_duplicates(
    reference: list[str], newer: list[str], similarity: float, rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Keep one text of each group, whichever comes first in a random order, so that neither side is favoured."""
    texts = [*reference, *newer]
    groups = near_duplicate_groups(texts, similarity)
    order = rng.permutation(len(texts))
    _, first = np.unique(groups[order], return_index=True)
    kept = np.zeros(len(texts), dtype=bool)
    kept[order[first]] = True
    return (
        [text for text, keep in zip(reference, kept[: len(reference)], strict=True) if keep],
        [text for text, keep in zip(newer, kept[len(reference) :], strict=True) if keep],
    )
