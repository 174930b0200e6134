"""What every way to augment shares: its type, its place in the random numbers, and how a headline becomes words."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from barometer.seeding import seeded_globals

# Maps N normalised titles to N altered ones, in order; a title that cannot be altered comes back as it is.
Augmenter = Callable[[Sequence[str], np.random.Generator], list[str]]

_TRAILING = ",;:?!"


class NotAvailableError(RuntimeError):
    """A way to augment cannot run here, because its data or its model is missing; the message says what is missing."""


def split_words(text: str) -> list[str]:
    """Split at spaces, and part closing punctuation from words.

    nlpaug's own tokenizer also cuts `$10,000`, `U.S.` and `bitcoin's`, and joins the pieces with spaces: then every
    altered copy would carry marks that no headline has.
    """
    words = []
    for chunk in text.split():
        word = chunk.rstrip(_TRAILING)
        words += [part for part in (word, chunk[len(word) :]) if part]
    return words


def join_words(words: Sequence[str]) -> str:
    """Undo `split_words`; closing punctuation that has lost its word to the left is dropped at the beginning."""
    chunks: list[str] = []
    for word in words:
        if not word.strip(_TRAILING):
            chunks[-1:] = [chunk + word for chunk in chunks[-1:]]
        else:
            chunks.append(word)
    return " ".join(chunks)


def one_by_one(aug: Any) -> Augmenter:  # noqa: ANN401
    """Make an augmenter of one of nlpaug's; texts without a letter come back as they are."""

    def augment(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
        with seeded_globals(rng):
            return [str(aug.augment(text)[0]) if any(map(str.isalpha, text)) else text for text in texts]

    return augment
