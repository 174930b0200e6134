"""The table of coins, `conf/coins.yaml`, and which of them a headline mentions: by name or ticker, never by a word.

The wheel carries the table inside the package; a checkout has it in `conf/`.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from barometer.settings import Section, load

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE.parents[1] / "conf" / "coins.yaml", _PACKAGE / "coins.yaml")

# Words of the trade: a ticker or name that is also an ordinary word means the coin right before or after one of them.
_AFTER = (
    "airdrop|airdrops|bear|bears|blockchain|bull|bulls|burn|chain|coin|coins|crypto|"
    "defi|delegators|developers|ecosystem|etf|etfs|etp|exploit|foundation|fork|funding|"
    "futures|hack|hard fork|holder|holders|investors|labs|liquidity|mainnet|market cap|"
    "memecoin|meme coin|miners|nft|nfts|network|options|outflows|inflows|perpetuals|price"
    "|prices|protocol|rally|rallies|smart contracts|stablecoin|staking|stakers|supply|"
    "testnet|token|tokens|traders|trading|treasury|tvl|unlock|upgrade|validators|wallet|"
    "wallets|whale|whales"
)
_BEFORE = (
    "altcoin|altcoins|bought|buy|buys|buying|coin|crypto|cryptocurrency|hodl|hodling|memecoin|sell|sells|selling|sold|"
    "spot|stablecoin|stake|staked|staking|swap|token|tokens|price of"
)
_QUOTES = "USD|USDT|USDC|EUR|BTC|ETH|KRW"
# Firms, places and files that carry a ticker in their name.
_NOT_COINS = re.compile(
    r"\bBTC-e\b|\bBTC\.com\b|\bBTC China\b|\bETH Z(?:u|ü|ue)rich\b|\b[\w-]+\.(?:sol|eth)\b|\bRipple Effects?\b|"
    r"\bLittle Bitcoin Book\b|\bBitcoin\.com\b|\bBitcoin Magazine\b|\bTrump Media\b",
    re.IGNORECASE,
)
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_WORD = re.compile(r"\b[A-Za-z]{2,}\b")


class Coin(Section):
    """A coin; `conf/coins.yaml` says what each field means."""

    ticker: Annotated[str, Field(pattern=r"^[A-Z]{2,}$")]
    title: str = ""
    searched: bool = True
    names: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z ]*$")], ...] = ()
    words: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Za-z ]*$")], ...] = ()
    word_ticker: bool = False
    any_case: bool = False
    swap_names: tuple[str, ...] = ()
    swap_capitals: bool = False
    price_levels: tuple[str, ...] = ()


class CoinTable(Section):
    """All coins, and further names of coins that synonyms never replace."""

    coins: Annotated[tuple[Coin, ...], Field(min_length=1)]
    kept_names: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _no_name_is_taken_twice(self) -> Self:
        named = Counter(
            name
            for coin in self.coins
            for name in {coin.ticker.casefold(), *map(str.casefold, (*coin.names, *coin.words, *coin.swap_names))}
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


@cache
def coin_table() -> CoinTable:
    """Read the table, once.

    Raises:
        SettingsError: naming the file, the key, its value and what was expected.
    """
    path = next(filter(Path.is_file, _PLACES), _PLACES[0])
    return load(CoinTable, path, f"no table of coins {path}; reinstall, or restore it from git", "of coins")


def coin_titles() -> dict[str, str]:
    """The coins that headlines are searched for, as people read them: ticker -> `Bitcoin (BTC)`."""
    return {
        coin.ticker: f"{coin.title} ({coin.ticker})" if coin.title else coin.ticker for coin in coin_table().searched
    }


def find_coins(title: str) -> frozenset[str]:
    """Return the tickers, in capitals, of the coins that a normalised title mentions.

    A longer name hides the shorter one within it: "Bitcoin Cash" is BCH alone.
    """
    text = _NOT_COINS.sub(" | ", title)
    searches = _loud_searches() if _shouts(text) else _searches()
    return frozenset(
        search.tickers[match["coin"].casefold()] for search in searches for match in search.pattern.finditer(text)
    )


def _shouts(text: str) -> bool:
    """Whether most words are in capitals, which then do not distinguish tickers from words."""
    return len(_CAPITALS.findall(text)) * 2 > max(len(_WORD.findall(text)), 3)


class _Search(NamedTuple):
    """A pattern with a group `coin`, and the ticker that each of its matches in small letters means."""

    pattern: re.Pattern[str]
    tickers: dict[str, str]


@cache
def _everywhere() -> tuple[_Search, ...]:
    known = coin_table().searched
    names = {name: coin.ticker for coin in known for name in coin.names}
    return (
        _compile(r"(?<![\w$])COIN(?!\w)", names, re.IGNORECASE),
        _compile(r"(?<!\w)[$#]COIN(?!\w)", {coin.ticker: coin.ticker for coin in known}, re.IGNORECASE),
    )


@cache
def _loud_searches() -> tuple[_Search, ...]:
    tickers = {coin.ticker: coin.ticker for coin in coin_table().searched if coin.any_case}
    return (*_everywhere(), _compile(r"(?<![\w$])COIN(?!\w)", tickers))


@cache
def _searches() -> tuple[_Search, ...]:
    known = coin_table().searched
    plain = {coin.ticker: coin.ticker for coin in known if not coin.word_ticker}
    small = {coin.ticker.lower(): coin.ticker for coin in known if coin.any_case}
    plain_tickers = _compile(rf"(?<![\w$])COIN(?:{_QUOTES})?(?!\w)", plain | small)
    return (*_everywhere(), plain_tickers, _word_tickers(known), _word_names(known))


def _word_tickers(known: tuple[Coin, ...]) -> _Search:
    words = {coin.ticker: coin.ticker for coin in known if coin.word_ticker}
    option = f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"
    context = (
        rf"(?:\((?={option}\))|(?<![\w$])(?={option}(?:[/-](?:{_QUOTES})\b|(?:'s)? (?i:{_AFTER})\b))|"
        rf"(?<=/)|(?<![\w$])(?i:{_BEFORE}) )"
    )
    return _compile(context + r"COIN(?!\w)", words)


def _word_names(known: tuple[Coin, ...]) -> _Search:
    words = {name: coin.ticker for coin in known for name in coin.words}
    after = rf"(?=(?:'s)? (?i:{_AFTER})\b| \(\$?(?:{'|'.join(coin.ticker for coin in known if coin.words)})\))"
    return _compile(rf"(?<![\w$])COIN(?!\w){after}", words)


def _compile(template: str, words: dict[str, str], flags: int = 0) -> _Search:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    options = "|".join(re.escape(word).replace(r"\ ", r"[ -]") for word in longest_first)
    tickers = {word.casefold(): ticker for word, ticker in words.items()}
    tickers |= {word.replace(" ", "-"): ticker for word, ticker in tickers.items() if " " in word}
    return _Search(re.compile(template.replace("COIN", f"(?P<coin>{options})"), flags), tickers)
