"""Texts as counts of word and character n-grams, as scikit-learn's vectorisers count them, with numpy alone."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

_SPACES = re.compile(r"\s\s+")
_UNKNOWN = -1
_BITS = 63
_FREE = 0
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: multiplicative hashing (Knuth, volume 3)


@dataclass(frozen=True, slots=True)
class Terms:
    """What makes a vocabulary, as it is stored.

    Attributes:
        words: n-grams of words, joined by a space, in the order of their ids.
        chars: n-grams of characters, whose ids go on from there.
        token_pattern: what a word is.
        word_sizes: shortest and longest n-gram of words.
        char_sizes: shortest and longest n-gram of characters.
    """

    words: Sequence[str]
    chars: Sequence[str]
    token_pattern: str
    word_sizes: tuple[int, int]
    char_sizes: tuple[int, int]

    def write(self, path: Path) -> None:
        """Write them as JSON, which `Vocabulary.load` reads."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


class Vocabulary:
    """The n-grams that a model knows, and where they stand: words first, then characters."""

    def __init__(self, terms: Terms) -> None:
        self._size = len(terms.words) + len(terms.chars)
        self._words = {term: i for i, term in enumerate(terms.words)}
        self._chars = CharTable(terms.chars, len(terms.words), *terms.char_sizes)
        self._token = re.compile(terms.token_pattern)
        self._word_sizes = range(terms.word_sizes[0], terms.word_sizes[1] + 1)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what `Terms.write` wrote."""
        return cls(Terms(**json.loads(path.read_text(encoding="utf-8"))))

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


class CharTable:
    """A hash table from n-grams of characters to ids, in numpy: all n-grams of many texts are looked up at once.

    It holds the n-grams of `shortest` to `longest` characters in `terms`, whose ids count up from `first_id`. A
    dictionary of strings took three times as long. An n-gram is a number: each of its characters has a number above 0
    and its own bits, so that n-grams of different lengths differ too.

    Raises:
        ValueError: if the terms have so many different characters that the longest do not fit into 63 bits.
    """

    def __init__(self, terms: Sequence[str], first_id: int, shortest: int, longest: int) -> None:
        alphabet = sorted(set().union(*terms))
        self._shortest, self._longest = shortest, longest
        self._bits = len(alphabet).bit_length()
        if self._bits * longest > _BITS:
            raise ValueError(f"n-grams of {longest} among {len(alphabet)} characters do not fit into {_BITS} bits")
        self._numbers = np.zeros(max(map(ord, alphabet), default=0) + 2, dtype=np.int64)  # the last is of all others
        self._numbers[[ord(character) for character in alphabet]] = np.arange(1, len(alphabet) + 1)
        self._shift = np.uint64(64 - (4 * len(terms) + 1).bit_length())
        self._keys = np.zeros(1 << int(64 - self._shift), dtype=np.int64)
        self._ids = np.zeros_like(self._keys)
        rows, keys = self._keys_of(terms, [len(term) for term in terms])
        self._insert(keys, rows + first_id)

    def find(self, texts: Sequence[str]) -> tuple[Integers, Integers]:
        """Index of the text and id of every known n-gram that stands in the texts, once for each time."""
        rows, keys = self._keys_of(texts, None)
        ids = self._look_up(keys)
        return rows[ids >= 0], ids[ids >= 0]

    def _keys_of(self, texts: Sequence[str], only: Sequence[int] | None) -> tuple[Integers, Integers]:
        """Index of the text and key of every n-gram; where `only` has a size for each text, just those of that size."""
        lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
        points = np.frombuffer("\0".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        numbers = self._numbers[np.minimum(points, len(self._numbers) - 1)]
        numbers[np.cumsum(lengths) - 1] = 0  # between two texts
        rows = np.repeat(np.arange(len(texts)), lengths)
        wanted = None if only is None else np.asarray(only)[rows]
        keys, whole = np.zeros_like(numbers), np.ones(len(numbers), dtype=bool)
        found: list[tuple[Integers, Integers]] = []
        for size in range(1, self._longest + 1):
            next_numbers = numbers[size - 1 :]
            keys = keys[: len(next_numbers)] | (next_numbers << (self._bits * (size - 1)))
            whole = whole[: len(next_numbers)] & (next_numbers > 0)
            if size >= self._shortest:
                kept = whole if wanted is None else whole & (wanted[: len(whole)] == size)
                found.append((rows[: len(kept)][kept], keys[kept]))
        return np.concatenate([row for row, _ in found]), np.concatenate([key for _, key in found])

    def _slots(self, keys: Integers) -> Integers:
        return ((keys.astype(np.uint64) * _MULTIPLIER) >> self._shift).astype(np.int64)

    def _insert(self, keys: Integers, ids: Integers) -> None:
        """Put each key into the first free slot from its own on."""
        slots, left = self._slots(keys), np.arange(len(keys))
        while len(left):
            free = left[self._keys[slots[left]] == _FREE]
            placed = free[np.unique(slots[free], return_index=True)[1]]
            self._keys[slots[placed]], self._ids[slots[placed]] = keys[placed], ids[placed]
            left = left[self._keys[slots[left]] != keys[left]]
            slots[left] = (slots[left] + 1) % len(self._keys)

    def _look_up(self, keys: Integers) -> Integers:
        """The id of each key, -1 where there is none."""
        slots, left = self._slots(keys), np.arange(len(keys))
        ids = np.full(len(keys), -1, dtype=np.int64)
        while len(left):
            there = self._keys[slots[left]]
            hit = left[there == keys[left]]
            ids[hit] = self._ids[slots[hit]]
            left = left[(there != keys[left]) & (there != _FREE)]
            slots[left] = (slots[left] + 1) % len(self._keys)
        return ids
