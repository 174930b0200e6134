"""Samples of the training part, and altered copies of their texts."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from barometer.headline import normalise_title
from barometer.models.base import Examples
from pipelines.studies.augmentation.base import Augmenter
from pipelines.studies.augmentation.leakage import HeldOut


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
