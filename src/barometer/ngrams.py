"""Texts as counts of word and character n-grams, as scikit-learn's vectorisers count them, with numpy alone."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_SPACES = re.compile(r"\s\s+")
_SEPARATORS = (",", ":")


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
        self._words = {term: i for i, term in enumerate(words)}
        self._chars = {term: i for i, term in enumerate(chars, start=len(words))}
        self._token = re.compile(token_pattern)
        self._word_sizes, self._char_sizes = word_sizes, char_sizes

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what `save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def save(self, path: Path) -> None:
        """Write the vocabulary as JSON."""
        content = {
            "words": list(self._words),
            "chars": list(self._chars),
            "token_pattern": self._token.pattern,
            "word_sizes": self._word_sizes,
            "char_sizes": self._char_sizes,
        }
        path.write_text(json.dumps(content, ensure_ascii=False, separators=_SEPARATORS), encoding="utf-8")

    def __len__(self) -> int:
        return len(self._words) + len(self._chars)

    def count(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids of the n-grams of N lower-cased texts, and how often each stands there.

        Both have the shape (N, most different ones in a text, at least 1). A row is filled up with the id 0 and the
        count 0. What the vocabulary lacks is left out.
        """
        found = [list(self._ids(text)) for text in texts]
        rows = np.repeat(np.arange(len(found)), [len(ids) for ids in found])
        flat = np.array([i for ids in found for i in ids], dtype=np.int64)
        keys, counts = np.unique(rows * len(self) + flat, return_counts=True)
        rows, flat = np.divmod(keys, max(1, len(self)))
        different = np.bincount(rows, minlength=len(found))
        columns = np.arange(len(rows)) - (np.cumsum(different) - different)[rows]
        shape = (len(found), int(different.max(initial=1)))
        ids, times = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32)
        ids[rows, columns], times[rows, columns] = flat, counts
        return ids, times

    def _ids(self, text: str) -> Iterator[int]:
        known_word, known_char = self._words.get, self._chars.get
        tokens = self._token.findall(text)
        for size in range(self._word_sizes[0], self._word_sizes[1] + 1):
            terms = [" ".join(tokens[i : i + size]) for i in range(len(tokens) - size + 1)]
            yield from [i for i in map(known_word, terms) if i is not None]
        text = _SPACES.sub(" ", text)
        for size in range(self._char_sizes[0], self._char_sizes[1] + 1):
            terms = [text[i : i + size] for i in range(len(text) - size + 1)]
            yield from [i for i in map(known_char, terms) if i is not None]
