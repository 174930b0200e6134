"""The names and tickers of coins as sequences of tokens, looked up by their first token."""

import re
from collections import defaultdict
from enum import IntEnum
from typing import NamedTuple

from barometer.coins.context import Headline
from barometer.coins.table import Coin, CoinTable

TOKEN = re.compile(r"\w+")


class Kind(IntEnum):
    """What a form of a coin needs so that it counts; `conf/coins.yaml` says it in full."""

    NOTHING = 0  # it is something else
    SURE = 1
    PROPER = 2  # a capital
    WORD = 3  # a capital, and a word of the trade beside it
    TICKER = 4  # capitals
    WORD_TICKER = 5  # capitals, and a word of the trade or a verb of prices beside it
    ABBREVIATION = 6  # capitals, and a word that only coins have beside it


class Form(NamedTuple):
    """A name or ticker as folded tokens, what may join them, its coin, and what it needs."""

    tokens: tuple[str, ...]
    joints: tuple[str, ...]
    coin: Coin | None
    kind: Kind

    def stands(self, headline: Headline, at: int) -> bool:
        """Whether it stands at a token, in the case that it needs."""
        last = at + len(self.tokens) - 1
        if tuple(headline.folded[at : last + 1]) != self.tokens:
            return False
        if any(headline.gap(at + k, at + k + 1) not in tuple(self.joints[k]) for k in range(last - at)):
            return False
        capital = self.kind in (Kind.PROPER, Kind.WORD)
        return not capital or all(word[0].isupper() for word in headline.words[at : last + 1])


class Forms:
    """All forms of all coins that headlines are searched for.

    Attributes:
        names: forms by their first token, the longest first.
        tickers: coins by ticker, present and old.
        glued: coins by ticker and currency in one word (`ETHBTC`).
        signs: tickers by symbol.
        first: every first token in small letters; a headline without any of them names no coin.
    """

    def __init__(self, table: CoinTable) -> None:
        self.names: defaultdict[str, list[Form]] = defaultdict(list)
        self.tickers = {ticker: coin for coin in table.searched for ticker in coin.tickers}
        self.glued = {
            ticker + quote: coin
            for ticker, coin in self.tickers.items()
            if len(ticker) > 1
            for quote in table.context.quotes
        }
        self.signs = {coin.symbol: coin.ticker for coin in table.searched if coin.symbol}
        for thing in table.other_things:
            self._add(thing, None, Kind.NOTHING)
        for coin in table.searched:
            self._add_names(coin)
        for forms in self.names.values():
            forms.sort(key=lambda form: -len(form.tokens))
        plurals = (f"{ticker}s" for ticker in self.tickers)
        self.first = {*self.names, *map(str.casefold, (*self.tickers, *self.glued, *plurals))}

    def _add_names(self, coin: Coin) -> None:
        plurals = [f"{name}s" for name in coin.names if name.endswith("coin")]
        for name in {*coin.names, *plurals}:
            self._add(name, coin, Kind.SURE)
        for name in coin.proper:
            self._add(name, coin, Kind.PROPER)
        for name in coin.words:
            self._add(name, coin, Kind.WORD)

    def _add(self, text: str, coin: Coin | None, kind: Kind) -> None:
        tokens = tuple(TOKEN.findall(text.casefold()))
        joints = tuple("-" if sign == "-" else " -." for sign in re.findall(r"\W", text))
        self.names[tokens[0]].append(Form(tokens, joints, coin, kind))

    def plain_plural(self, word: str) -> Coin | None:
        """The coin of which `XRPs` is the plural, if its ticker is no word."""
        coin = self.tickers.get(word[:-1]) if len(word) > 3 and word.endswith("s") else None
        return coin if coin is not None and ticker_kind(coin) == Kind.TICKER else None


def ticker_kind(coin: Coin, ticker: str = "") -> Kind:
    """What a coin's ticker needs; an older one is no word (MATIC, where POL is one)."""
    if ticker and ticker != coin.ticker:
        return Kind.TICKER
    if coin.abbreviation:
        return Kind.ABBREVIATION
    return Kind.WORD_TICKER if coin.word_ticker else Kind.TICKER
