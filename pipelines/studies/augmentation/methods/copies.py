"""Samples of the training part, and altered copies of their texts that keep clear of what is tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from barometer.headline import headline_id, normalise_title
from barometer.models.base import Examples
from pipelines.studies.augmentation.methods import Augmenter


class LeakageError(ValueError):
    """A text to train on is, or closely resembles, a text that the model is validated or tested on."""


class HeldOut:
    """The texts that no model may learn from, and what counts as one of them.

    A text leaks if it has the `headline_id` of a held-out text, or if the cosine of their tf-idf vectors is at least
    `similarity`. That is the measure of `corpus.near_duplicates`, with weights from the same texts, so a split that
    keeps near-duplicates together never leaks by itself.
    """

    def __init__(self, texts: Sequence[str], corpus: Sequence[str], similarity: float) -> None:
        """Take the held-out `texts`, and all texts that were split, which `texts` are among."""
        self.similarity = similarity
        self.ids = {headline_id(text) for text in texts}
        self.vectoriser = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, preprocessor=_mask_digits
        ).fit(corpus)
        self.vectors = self.vectoriser.transform(texts)
        self.judged: dict[str, bool] = {}

    def resembles(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which of N texts leak, shape (N,); each distinct text is judged once."""
        if new := [text for text in dict.fromkeys(texts) if text not in self.judged]:
            nearest = (self.vectoriser.transform(new) @ self.vectors.T).max(axis=1).toarray().ravel()
            known = np.array([headline_id(text) in self.ids for text in new])
            self.judged.update(zip(new, (known | (nearest >= self.similarity)).tolist(), strict=True))
        return np.array([self.judged[text] for text in texts], dtype=bool)

    def check(self, texts: Sequence[str]) -> None:
        """Refuse training texts that leak.

        Raises:
            LeakageError: with their number and the ids of the first; never their words, which reports may not hold.
        """
        leaking = np.flatnonzero(self.resembles(texts))
        if len(leaking):
            ids = ", ".join(str(headline_id(texts[i])) for i in leaking[:3])
            raise LeakageError(f"{len(leaking)} of {len(texts)} training texts resemble held-out ones (ids: {ids})")


def _mask_digits(text: str) -> str:
    return "".join("0" if c.isdigit() else c for c in text.casefold())


@dataclass(frozen=True)
class Augmented:
    """Training examples with altered copies.

    Attributes:
        examples: the N originals, then the copies.
        sources: position of the original of each copy, shape (len(examples) - N,).
        changed: share of the copies that differ from their original.
        refused: copies left out because they resembled a held-out text.
    """

    examples: Examples
    sources: NDArray[np.intp]
    changed: float
    refused: int

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every copy as (original, copy)."""
        texts = self.examples.texts
        copies = texts[len(texts) - len(self.sources) :]
        return [(texts[source], copy) for source, copy in zip(self.sources, copies, strict=True)]


def stratified_sample(labels: NDArray[np.intp], size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw `size` of N positions so that every class keeps its share, rounded by largest remainder; sorted.

    Raises:
        ValueError: if there are fewer than `size`.
    """
    if size > len(labels):
        raise ValueError(f"cannot draw {size} of {len(labels)}")
    classes, counts = np.unique(labels, return_counts=True)
    quotas = counts * size / len(labels)
    sizes = np.floor(quotas).astype(int)
    sizes[np.argsort(sizes - quotas, kind="stable")[: size - sizes.sum()]] += 1
    chosen = [
        rng.choice(np.flatnonzero(labels == k), size=n, replace=False) for k, n in zip(classes, sizes, strict=True)
    ]
    return np.sort(np.concatenate(chosen))


def with_copies(
    train: Examples, augmenter: Augmenter, copies: int, held_out: HeldOut, rng: np.random.Generator
) -> Augmented:
    """Add altered copies, with the targets of their originals; an original and its copies share its weight.

    So the data weigh the same against a penalty on coefficients with and without copies. Copies that resemble a
    held-out text, or have no words left, are left out.
    """
    made = [normalise_title(text) for _ in range(copies) for text in augmenter(train.texts, rng)]
    sources = np.tile(np.arange(len(train)), copies)
    leaking = held_out.resembles(made)
    kept = np.flatnonzero(~leaking & np.array([bool(text) for text in made]))
    texts, sources = [made[i] for i in kept], sources[kept]
    weights = train.weights / (1 + np.bincount(sources, minlength=len(train)))
    examples = Examples(
        [*train.texts, *texts],
        np.concatenate([train.targets, train.targets[sources]]),
        np.concatenate([weights, weights[sources]]),
    )
    differs = [text != train.texts[source] for text, source in zip(texts, sources, strict=True)]
    return Augmented(examples, sources, float(np.mean(differs)) if differs else 0.0, int(leaking.sum()))


def generator(seed: int, repetition: int, name: str) -> np.random.Generator:
    """A generator for one method in one repetition, whatever other methods there are."""
    return np.random.default_rng([seed, repetition, crc32(name.encode())])
