"""The words of the behavioural tests, from `lexicon.yaml`, and the phrasings that they fill, from `phrasings.yaml`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any

import yaml

Word = str | Mapping[str, str]  # one form, or its forms by name


@cache
def read(name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """The content of a YAML file beside this module, read once."""
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def tickers() -> dict[str, str]:
    """The ticker of every coin, by its name."""
    return {name: coin["ticker"] for name, coin in read("lexicon.yaml")["coins"].items()}


def slots() -> dict[str, list[Word]]:
    """The words that fill each slot of the templates."""
    found = read("lexicon.yaml")
    names = tickers()
    return {
        "coin": list(names),
        "asset": list(dict.fromkeys([*names, *names.values()])),
        "market": [
            {"name": name, "low": low, "high": high}
            for name, coin in found["coins"].items()
            for low, high in combinations(coin["levels"], 2)
        ],
        **{slot: [str(w) if isinstance(w, int) else w for w in words] for slot, words in found["slots"].items()},
    }


def changes(kind: str) -> Any:  # noqa: ANN401 - a list or a mapping of words
    """The words of one kind that the changes of `perturb` put into titles or look for, such as `outlets`."""
    return read("lexicon.yaml")["changes"][kind]
