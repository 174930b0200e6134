"""Coin-swap: the same story told of another coin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin by its ticker and its names, the usual one first."""

    ticker: str
    names: tuple[str, ...]


# Coins that are not swapped: headlines use the names of most for other things too, Ripple is a company, and a story
# about the lost peg of Tether is none about another coin.
UNSWAPPED = (
    "Avalanche",
    "Cosmos",
    "Dash",
    "Near",
    "Optimism",
    "Polygon",
    "Ripple",
    "Stellar",
    "Tether",
    "Terra",
    "Maker",
)
COINS = tuple(
    Coin(ticker, tuple(names.split("/")))
    for ticker, names in {
        "BTC": "Bitcoin",
        "ETH": "Ethereum/Ether",
        "XRP": "XRP",
        "BNB": "BNB",
        "SOL": "Solana",
        "ADA": "Cardano",
        "DOGE": "Dogecoin",
        "TRX": "Tron",
        "DOT": "Polkadot",
        "LTC": "Litecoin",
        "BCH": "Bitcoin Cash",
        "BSV": "Bitcoin SV",
        "ETC": "Ethereum Classic",
        "LINK": "Chainlink",
        "SHIB": "Shiba Inu",
        "UNI": "Uniswap",
        "XMR": "Monero",
        "ALGO": "Algorand",
        "FIL": "Filecoin",
        "XTZ": "Tezos",
        "EOS": "EOS",
        "ZEC": "Zcash",
        "HBAR": "Hedera",
        "VET": "VeChain",
        "APT": "Aptos",
        "ARB": "Arbitrum",
        "AAVE": "Aave",
        "KSM": "Kusama",
        "AXS": "Axie Infinity",
        "MANA": "Decentraland",
        "FTM": "Fantom",
        "RVN": "Ravencoin",
    }.items()
)
# Tickers that are words or parts of other names in small letters; as tickers they are written in capitals.
_CASED = {"ADA", "APT", "ARB", "DOT", "ETC", "FIL", "LINK", "MANA", "SOL", "UNI", "VET"}


def _pattern() -> re.Pattern[str]:
    """Any name or ticker as a whole word, the longest first; no domain such as bitcoin.com, no part of another word."""
    loose = [name for coin in COINS for name in (*coin.names, coin.ticker) if name not in _CASED]
    longest_first = sorted(map(re.escape, loose), key=len, reverse=True)
    return re.compile(
        rf"(?<![\w.@])(?:(?i:{'|'.join(longest_first)})|{'|'.join(sorted(_CASED))})(?![\w@]|\.\w)",
    )


_MENTION = _pattern()
_OWNER = {name.casefold(): k for k, coin in enumerate(COINS) for name in (*coin.names, coin.ticker)}


def mentioned_coins(text: str) -> list[int]:
    """Positions in COINS of the coins that a title mentions, each once, in order of first mention."""
    return list(dict.fromkeys(_OWNER[found.casefold()] for found in _MENTION.findall(text)))


def swap_coins(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Replace every coin of each title by one that the title does not mention, the same one throughout.

    Names become names and tickers tickers, in the same case; different coins stay different. A title that mentions no
    coin comes back as it is.
    """
    return [_swap(text, rng) for text in texts]


def _swap(text: str, rng: np.random.Generator) -> str:
    mentioned = mentioned_coins(text)
    others = np.setdiff1d(np.arange(len(COINS)), mentioned)
    count = min(len(mentioned), len(others))
    drawn = dict(zip(mentioned, rng.choice(others, size=count, replace=False).tolist(), strict=False))
    return _MENTION.sub(lambda match: _substitute(match[0], drawn), text)


def _substitute(found: str, drawn: dict[int, int]) -> str:
    owner = _OWNER[found.casefold()]
    if owner not in drawn:
        return found
    new = COINS[drawn[owner]]
    is_ticker = found.upper() == COINS[owner].ticker and found.casefold() != COINS[owner].names[0].casefold()
    return _in_case_of(found, new.ticker if is_ticker else new.names[0], is_ticker)


def _in_case_of(found: str, new: str, is_ticker: bool) -> str:
    if found.islower():
        return new.lower()
    return new.upper() if found.isupper() and not is_ticker and len(found) > 4 else new
