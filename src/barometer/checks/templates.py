"""Fills templates through the Editor of the checklist library, with draws from a generator that is passed in.

The library's own sampling (`template(..., nsamples=n)`) cannot make the same cases twice: it draws from numpy's global
generator, one slot after the other in the order of a set of strings, which differs from process to process. It also
samples with replacement and cannot balance phrasings. So the words are drawn here and paired by the Editor.
"""

from collections.abc import Sequence
from itertools import zip_longest
from string import Formatter
from typing import Any
from zlib import crc32

import numpy as np

from barometer.checks.cases import Case
from barometer.checks.lexicon import slots
from barometer.checks.library import load, quiet

# A template, or one for the original and one for the text that is judged against it: the same slots get the same words.
Phrasing = str | tuple[str, str]
_OTHER = "other_"
_OVERSAMPLING = 4  # draws for each case that is wanted, because draws repeat


class Templates:
    """An Editor that knows the project's lexicon beside its own (first and last names)."""

    def __init__(self) -> None:
        munch = load("munch").munchify
        make = load("checklist.editor").Editor
        with quiet():
            self._editor: Any = make()
        for slot, words in slots().items():
            self._editor.add_lexicon(slot, [munch(word) for word in words], overwrite=True)

    def cases(self, phrasings: Sequence[Phrasing], n: int, rng: np.random.Generator) -> list[Case]:
        """Make n distinct cases, as evenly from the phrasings as these allow.

        Raises:
            ValueError: if the phrasings cannot make as many.
        """
        share = -(-n // len(phrasings))
        made = [dict.fromkeys(self._fill(phrasing, share * _OVERSAMPLING, rng)) for phrasing in phrasings]
        rounds = (case for row in zip_longest(*made) for case in row if case)
        found = list({case.texts: case for case in rounds}.values())[:n]
        if len(found) < n:
            raise ValueError(
                f"{n} cases wanted, but {len(phrasings)} phrasings like {phrasings[0]!r} make {len(found)}"
            )
        return found

    def _fill(self, phrasing: Phrasing, draws: int, rng: np.random.Generator) -> list[Case]:
        """Fill a phrasing `draws` times."""
        source, pair = (phrasing, (phrasing, "")) if isinstance(phrasing, str) else (phrasing[0], phrasing[::-1])
        words = {slot: self._draw(slot, draws, rng) for slot in _slots("".join(pair))}
        if not words:
            return [Case(*pair, source)]
        filled = self._editor.template(pair, product=False, **words).data
        return [Case(text, original, source) for text, original in filled if text != original]

    def _draw(self, slot: str, draws: int, rng: np.random.Generator) -> list[Any]:
        words = self._editor.lexicons[slot.removeprefix(_OTHER)]
        return [words[i] for i in rng.integers(len(words), size=draws)]


def seeded(seed: int, name: str) -> np.random.Generator:
    """The generator of one test, so that a new test leaves the cases of the others alone."""
    return np.random.default_rng([seed, crc32(name.encode())])


def with_other(phrasing: str, replaced: Sequence[str]) -> Phrasing:
    """The phrasing as a pair whose second text has other words in the slots `replaced`; itself where there is none."""
    changed = phrasing
    for slot in replaced:
        changed = changed.replace(f"{{{slot}}}", f"{{{_OTHER}{slot}}}")
    return (phrasing, changed) if replaced else phrasing


def _slots(template: str) -> list[str]:
    """Names of the slots, without the form asked for (`fall.base` is `fall`), in alphabetical order."""
    fields = (name for _, name, _, _ in Formatter().parse(template) if name)
    return sorted({field.split(".")[0] for field in fields})
