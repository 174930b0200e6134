"""Texts as counts of word and character n-grams, as scikit-learn's vectorisers count them, with numpy alone."""

import json
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from barometer.ngram_table import CharTable, Integers

_SPACES = re.compile(r"\s\s+")
_UNKNOWN = -1


def write_vocabulary(
    path: Path,
    words: Sequence[str],
    chars: Sequence[str],
    token_pattern: str,
    word_sizes: tuple[int, int],
    char_sizes: tuple[int, int],
) -> None:
    """Write what makes a `Vocabulary` as JSON."""
    content = {
        "words": words,
        "chars": chars,
        "token_pattern": token_pattern,
        "word_sizes": word_sizes,
        "char_sizes": char_sizes,
    }
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


class Vocabulary:
    """The n-grams that a model knows, and where they stand: words first, then characters.

    Args:
        words: n-grams of words, joined by a space, in the order of their ids.
        chars: n-grams of characters, whose ids go on from there.
        token_pattern: what a word is.
        word_sizes: shortest and longest n-gram of words.
        char_sizes: shortest and longest n-gram of characters.
    """

    def __init__(
        self,
        words: Sequence[str],
        chars: Sequence[str],
        token_pattern: str,
        word_sizes: tuple[int, int],
        char_sizes: tuple[int, int],
    ) -> None:
        self._size = len(words) + len(chars)
        self._words = {term: i for i, term in enumerate(words)}
        self._chars = CharTable(chars, len(words), *char_sizes)
        self._token = re.compile(token_pattern)
        self._word_sizes = range(word_sizes[0], word_sizes[1] + 1)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what `write_vocabulary` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def __len__(self) -> int:
        return self._size

    def count(self, texts: Sequence[str]) -> tuple[Integers, NDArray[np.float32]]:
        """Ids of the n-grams of N lower-cased texts, and how often each stands there.

        Both have the shape (N, most different ones in a text, at least 1). A row is filled up with the id 0 and the
        count 0. What the vocabulary lacks is left out.
        """
        rows, ids = (
            np.concatenate(pair) for pair in zip(self._find_words(texts), self._find_chars(texts), strict=True)
        )
        keys, counts = np.unique(rows * self._size + ids, return_counts=True)
        rows, ids = np.divmod(keys, max(1, self._size))
        different = np.bincount(rows, minlength=len(texts))
        columns = np.arange(len(rows)) - (np.cumsum(different) - different)[rows]
        shape = (len(texts), int(different.max(initial=1)))
        terms, times = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32)
        terms[rows, columns], times[rows, columns] = ids, counts
        return terms, times

    def _find_words(self, texts: Sequence[str]) -> tuple[Integers, Integers]:
        found = [self._word_ids(self._token.findall(text)) for text in texts]
        lengths = [len(ids) for ids in found]
        ids = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=sum(lengths))
        rows = np.repeat(np.arange(len(found)), lengths)
        known = ids != _UNKNOWN
        return rows[known], ids[known]

    def _word_ids(self, tokens: list[str]) -> list[int]:
        known = self._words.get
        return [
            known(" ".join(tokens[i : i + size]), _UNKNOWN)
            for size in self._word_sizes
            for i in range(len(tokens) - size + 1)
        ]

    def _find_chars(self, texts: Sequence[str]) -> tuple[Integers, Integers]:
        return self._chars.find([_SPACES.sub(" ", text) for text in texts])
