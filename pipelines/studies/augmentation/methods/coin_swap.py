"""Coin swap: the same story about another coin."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from barometer.coins import Coin, coin_table


class _Mentions(NamedTuple):
    """The coins that are swapped, the pattern that finds them, and the position of each name or ticker's coin."""

    coins: tuple[Coin, ...]
    pattern: re.Pattern[str]
    owner: dict[str, int]


@cache
def _mentions() -> _Mentions:
    """Any name or ticker as a whole word, the longest first; no domain such as bitcoin.com, no part of another word."""
    coins = coin_table().swappable
    capitals = sorted(coin.ticker for coin in coins if coin.swap_capitals)
    named = [(name, k) for k, coin in enumerate(coins) for name in (*coin.swap_names, coin.ticker)]
    loose = sorted((re.escape(name) for name, _ in named if name not in capitals), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w.@])(?:(?i:{'|'.join(loose)})|{'|'.join(capitals)})(?![\w@]|\.\w)")
    return _Mentions(coins, pattern, {name.casefold(): k for name, k in named})


def mentioned_coins(text: str) -> list[str]:
    """Tickers of the swappable coins that a title mentions, each once, in order of first mention."""
    return [_mentions().coins[k].ticker for k in _mentioned(text)]


def _mentioned(text: str) -> list[int]:
    _, pattern, owner = _mentions()
    return list(dict.fromkeys(owner[found.casefold()] for found in pattern.findall(text)))


def swap_coins(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Replace every coin of each title by one that the title does not mention, the same one throughout.

    Names become names and tickers tickers, in the same case; different coins stay different. A title that mentions no
    coin comes back as it is.
    """
    return [_swap(text, rng) for text in texts]


def _swap(text: str, rng: np.random.Generator) -> str:
    coins, pattern, owner = _mentions()
    mentioned = _mentioned(text)
    others = np.setdiff1d(np.arange(len(coins)), mentioned)
    count = min(len(mentioned), len(others))
    drawn = dict(zip(mentioned, rng.choice(others, size=count, replace=False).tolist(), strict=False))

    def substitute(match: re.Match[str]) -> str:
        old = owner[match[0].casefold()]
        return _in_place_of(match[0], coins[old], coins[drawn[old]]) if old in drawn else match[0]

    return pattern.sub(substitute, text)


def _in_place_of(found: str, old: Coin, new: Coin) -> str:
    """The new coin's name or ticker in the case of what was found of the old one."""
    is_ticker = found.upper() == old.ticker and found.casefold() != old.swap_names[0].casefold()
    name = new.ticker if is_ticker else new.swap_names[0]
    if found.islower():
        return name.lower()
    return name.upper() if found.isupper() and not is_ticker and len(found) > 4 else name
