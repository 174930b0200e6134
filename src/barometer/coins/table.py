"""What `conf/coins.yaml` may hold: coins, things that carry a coin's name, and the words that stand beside coins."""

from collections import Counter
from typing import Annotated, Self

from pydantic import Field, model_validator

from barometer.settings import Section

Ticker = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9 ]*$")]
Capital = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z ]*$")]


class Coin(Section):
    """A coin; `conf/coins.yaml` says what each field means."""

    ticker: Ticker
    title: str = ""
    symbol: Annotated[str, Field(max_length=1)] = ""
    searched: bool = True
    old_tickers: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9]+$")], ...] = ()
    names: tuple[Name, ...] = ()
    proper: tuple[Capital, ...] = ()
    words: tuple[Capital, ...] = ()
    word_ticker: bool = False
    abbreviation: bool = False
    not_beside: frozenset[str] = frozenset()
    any_case: bool = False
    issued_by: str = ""
    swap_names: tuple[str, ...] = ()
    swap_capitals: bool = False
    price_levels: tuple[str, ...] = ()

    @property
    def tickers(self) -> tuple[str, ...]:
        """The ticker and older ones of the same coin."""
        return (self.ticker, *self.old_tickers)


class Context(Section):
    """Words that stand beside a coin rather than beside a word; `conf/coins.yaml` says which count for what."""

    after: tuple[str, ...] = ()
    after_name: tuple[str, ...] = ()
    after_ticker: tuple[str, ...] = ()
    after_abbreviation: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    before_ticker: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    price_verbs: tuple[str, ...] = ()
    weak_verbs: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


class CoinTable(Section):
    """All coins, what only looks like one, the words beside coins, and names of coins that synonyms never replace."""

    coins: Annotated[tuple[Coin, ...], Field(min_length=1)]
    kept_names: tuple[str, ...] = ()
    other_things: tuple[str, ...] = ()
    context: Context = Context()

    @model_validator(mode="after")
    def _no_name_is_taken_twice(self) -> Self:
        named = Counter(
            name
            for coin in self.coins
            for name in {
                *map(str.casefold, (*coin.tickers, *coin.names, *coin.proper, *coin.words, *coin.swap_names)),
                coin.symbol,
            }
            if name
        )
        if twice := [name for name, count in named.items() if count > 1]:
            raise ValueError(f"expected each ticker and name for one coin only, found twice: {', '.join(twice)}")
        return self

    @property
    def searched(self) -> tuple[Coin, ...]:
        """The coins that headlines are searched for."""
        return tuple(coin for coin in self.coins if coin.searched)

    @property
    def swappable(self) -> tuple[Coin, ...]:
        """The coins that may stand for each other in a headline."""
        return tuple(coin for coin in self.coins if coin.swap_names)
