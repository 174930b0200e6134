"""Near-duplicates: the same news from two feeds, recognised by the words that their titles share.

A stream is compared title by title and without a model, unlike `barometer.corpus.near_duplicates`, which fits tf-idf
vectors on a whole corpus.
"""

import math
from collections import defaultdict
from collections.abc import Iterable

from barometer.headline import headline_id
from barometer.live.filtering.story import Story, is_same_story, read_story, tells_same_event

# What titles that tell the same news have in common, with one of their words.
_Key = tuple[frozenset[str], str]


class NearDuplicates:
    """Titles seen so far; a near-duplicate of one tells the same in other words.

    It says nothing that the other does not, in as many words (`similarity` is Jaccard's: common words over all words),
    or it tells of the same event in a few words: the same names and sum of money. A pair that differs in a number, a
    coin, a negation or by one word put for another is different news however much it shares.
    """

    def __init__(self, similarity: float, titles: Iterable[str] = ()) -> None:
        self._similarity = similarity
        self._seen: list[str] = []
        # By numbers and coins, too, so that a hundred daily price reports are not compared with each other.
        self._index: defaultdict[_Key, list[int]] = defaultdict(list)
        self._events: defaultdict[_Key, list[int]] = defaultdict(list)
        self._ids: set[int] = set()
        for title in titles:
            self.add(title)

    def add(self, title: str, *, compared: bool = True) -> None:
        """Add a title that was kept; with `compared` false it is known, but nothing is a near-duplicate of it."""
        self._ids.add(headline_id(title))
        if not compared:
            return
        story = read_story(title)
        for key in self._keys(story):
            self._index[key].append(len(self._seen))
        for key in _event_keys(story):
            self._events[key].append(len(self._seen))
        self._seen.append(title)

    def knows(self, title: str) -> bool:
        """Whether this title was added, regardless of case."""
        return headline_id(title) in self._ids

    def has_like(self, title: str) -> bool:
        """Whether a near-duplicate was added; the title itself does not count."""
        return self.find_like(title) is not None

    def find_like(self, title: str) -> str | None:
        """The near-duplicate that was added first, those in the same words before those of the same event.

        None if there is none, or if the title itself was added.
        """
        if self.knows(title):
            return None
        story = read_story(title)
        near = sorted({at for key in self._keys(story) for at in self._index.get(key, ())})
        for at in near:
            if is_same_story(story, read_story(self._seen[at]), self._similarity):
                return self._seen[at]
        told = sorted({at for key in _event_keys(story) for at in self._events.get(key, ())})
        return next((self._seen[at] for at in told if tells_same_event(story, read_story(self._seen[at]))), None)

    def _keys(self, story: Story) -> list[_Key]:
        """Return the rarest-looking words: titles that are similar enough share at least one of these.

        Prefix filtering (Chaudhuri, Ganti and Kaushik 2006); long words come first because they are rare.
        """
        ordered = sorted(story.words, key=lambda word: (-len(word), word))
        rare = ordered[: len(ordered) - math.ceil(self._similarity * len(ordered)) + 1]
        return [(story.marks, word) for word in rare]


def alike(one: str, other: str, similarity: float = 0.8) -> bool:
    """Whether two different titles are near-duplicates."""
    return NearDuplicates(similarity, [one]).has_like(other)


def _event_keys(story: Story) -> list[_Key]:
    return [(story.numbers | story.events, name) for name in story.subjects] if story.events else []
