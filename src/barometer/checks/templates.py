"""The lexicon and the phrasings of the behavioural tests, and cases made of them.

Words are in `lexicon.yaml`, phrasings in `phrasings.yaml`. The Editor of the checklist library fills the templates,
with draws from a generator that is passed in.

The library's own sampling (`template(..., nsamples=n)`) cannot make the same cases twice: it draws from numpy's global
generator, one slot after the other in the order of a set of strings, which differs from process to process. It also
samples with replacement and cannot balance phrasings. So the words are drawn here and paired by the Editor.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from itertools import combinations, zip_longest
from string import Formatter
from types import ModuleType
from typing import Any
from zlib import crc32

import numpy as np
import yaml

from barometer.checks.cases import Case
from barometer.coins import Coin, coin_table

Word = str | Mapping[str, str]  # one form, or its forms by name
# A template, or one for the original and one for the text that is judged against it: the same slots get the same words.
Phrasing = str | tuple[str, str]
_OTHER = "other_"
_OVERSAMPLING = 4  # draws for each case that is wanted, because draws repeat


class MissingLibraryError(ImportError):
    """A library that the behavioural tests need is not installed."""


def load(name: str) -> ModuleType:
    """Import a module of `checklist` or `nlpaug` without the warnings of what these import in turn.

    Raises:
        MissingLibraryError: saying how to install it.
    """
    if find_spec(name.split(".", maxsplit=1)[0]) is None:
        raise MissingLibraryError(f"the behavioural tests need {name}; `make repro` and `make test` install it")
    with quiet():
        return import_module(name)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the warnings of what these libraries import, some of it only when first used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def read(name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """The content of a YAML file beside this module, read once."""
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def coins() -> dict[str, Coin]:
    """The coins of the templates, by their usual name."""
    known = {coin.ticker: coin for coin in coin_table().swappable}
    return {known[ticker].swap_names[0]: known[ticker] for ticker in read("lexicon.yaml")["coins"]}


def tickers() -> dict[str, str]:
    """The ticker of every coin of the templates, by its name."""
    return {name: coin.ticker for name, coin in coins().items()}


def slots() -> dict[str, list[Word]]:
    """The words that fill each slot of the templates."""
    found = read("lexicon.yaml")
    names = tickers()
    return {
        "coin": list(names),
        "asset": list(dict.fromkeys([*names, *names.values()])),
        "market": [
            {"name": name, "low": low, "high": high}
            for name, coin in coins().items()
            for low, high in combinations(coin.price_levels, 2)
        ],
        **{slot: [str(w) if isinstance(w, int) else w for w in words] for slot, words in found["slots"].items()},
    }


def changes(kind: str) -> Any:  # noqa: ANN401 - a list or a mapping of words
    """The words of one kind that the changes of `perturb` put into titles or look for, such as `outlets`."""
    return read("lexicon.yaml")["changes"][kind]


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


def with_other(phrasing: Phrasing, replaced: Sequence[str]) -> Phrasing:
    """A phrasing as a pair whose second text has other words in the slots `replaced`; a pair, or no slot, as it is."""
    if not replaced or not isinstance(phrasing, str):
        return phrasing
    changed = phrasing
    for slot in replaced:
        changed = changed.replace(f"{{{slot}}}", f"{{{_OTHER}{slot}}}")
    return phrasing, changed


def _slots(template: str) -> list[str]:
    """Names of the slots, without the form asked for (`fall.base` is `fall`), in alphabetical order."""
    fields = (name for _, name, _, _ in Formatter().parse(template) if name)
    return sorted({field.split(".")[0] for field in fields})
