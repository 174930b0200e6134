"""Near-duplicates: the same news from two feeds, recognised by the words that their titles share.

A stream is compared title by title and without a model, unlike `barometer.corpus.near_duplicates`, which fits tf-idf
vectors on a whole corpus.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from barometer.coins import find_coins
from barometer.headline import headline_id, normalise_title

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*%?")
_STOP_WORDS = "a an and as at by for from in into is its of on over s the to with"
_STOP = frozenset(_STOP_WORDS.split())
_LABEL = re.compile(r"^(?:breaking|just in|latest|update|updated)\s*[:|-]\s*", re.IGNORECASE)


class NearDuplicates:
    """Titles seen so far; a near-duplicate of one shares enough of its words, all numbers and all coins.

    Similarity is Jaccard's, common words over all words, without stop words. Titles that differ in a number or a coin
    are different news however much they share ("Bitcoin hits $64K", "Bitcoin hits $65K").
    """

    def __init__(self, similarity: float, titles: Iterable[str] = ()) -> None:
        self._similarity = similarity
        self._seen: list[frozenset[str]] = []
        # By numbers and coins, too, so that a hundred daily price reports are not compared with each other.
        self._index: defaultdict[tuple[frozenset[str], str], list[int]] = defaultdict(list)
        self._ids: set[int] = set()
        for title in titles:
            self.add(title)

    def add(self, title: str) -> None:
        """Add a title that was kept."""
        self._ids.add(headline_id(title))
        features = _features(title)
        for key in self._keys(features):
            self._index[key].append(len(self._seen))
        self._seen.append(features)

    def knows(self, title: str) -> bool:
        """Whether this title was added, regardless of case."""
        return headline_id(title) in self._ids

    def has_like(self, title: str) -> bool:
        """Whether a near-duplicate was added; the title itself does not count."""
        if self.knows(title):
            return False
        features = _features(title)
        near = {at for key in self._keys(features) for at in self._index.get(key, ())}
        return any(self._alike(features, self._seen[at]) for at in near)

    def _alike(self, one: frozenset[str], other: frozenset[str]) -> bool:
        return len(one & other) >= self._similarity * len(one | other)

    def _keys(self, features: frozenset[str]) -> list[tuple[frozenset[str], str]]:
        """Return the rarest-looking features: sets that are similar enough share at least one of these.

        Prefix filtering (Chaudhuri, Ganti and Kaushik 2006); long words come first because they are rare.
        """
        ordered = sorted(features, key=lambda word: (-len(word), word))
        marked = frozenset(feature for feature in features if feature[0] in "#$")
        rare = ordered[: len(ordered) - math.ceil(self._similarity * len(ordered)) + 1]
        return [(marked, feature) for feature in rare]


def alike(one: str, other: str, similarity: float = 0.8) -> bool:
    """Whether two different titles are near-duplicates."""
    return NearDuplicates(similarity, [one]).has_like(other)


@lru_cache(maxsize=16)  # a title is looked up and then added
def _features(title: str) -> frozenset[str]:
    """Return words, numbers (marked #) and coins (marked $); a coin's name and ticker are one feature."""
    plain = _LABEL.sub("", normalise_title(title))
    words = {word.casefold() for word in _WORD.findall(plain)} - _STOP
    numbers = {f"#{word.rstrip('%')}" for word in words if any(sign.isdigit() for sign in word)}
    coins = {f"${ticker}" for ticker in find_coins(plain)}
    return frozenset({word for word in words if not any(sign.isdigit() for sign in word)} | numbers | coins)
