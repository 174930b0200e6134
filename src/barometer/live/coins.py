"""Which coins a headline mentions: by name or ticker, never because a word happens to look like one."""

import re
from collections.abc import Iterable
from functools import cache

from barometer.live.coin_table import COINS, Coin

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


def find_coins(title: str) -> frozenset[str]:
    """Return the tickers, in capitals, of the coins that a normalised title mentions.

    A longer name hides the shorter one within it: "Bitcoin Cash" is BCH alone.
    """
    text = _NOT_COINS.sub(" | ", title)
    patterns = [_names(), _dollars()]
    patterns += [_loud_tickers()] if _shouts(text) else [_plain_tickers(), _word_tickers(), _word_names()]
    return frozenset(tickers[match["coin"].casefold()] for regex, tickers in patterns for match in regex.finditer(text))


def _shouts(text: str) -> bool:
    """Whether most words are in capitals, so that capitals do not tell tickers from words."""
    return len(_CAPITALS.findall(text)) * 2 > max(len(_WORD.findall(text)), 3)


def _compile(template: str, words: dict[str, str], flags: int = 0) -> tuple[re.Pattern[str], dict[str, str]]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    options = "|".join(re.escape(word).replace(r"\ ", r"[ -]") for word in longest_first)
    tickers = {word.casefold(): ticker for word, ticker in words.items()}
    tickers |= {word.replace(" ", "-"): ticker for word, ticker in tickers.items() if " " in word}
    return re.compile(template.replace("COIN", f"(?P<coin>{options})"), flags), tickers


def _tickers(coins: Iterable[Coin]) -> dict[str, str]:
    return {coin.ticker: coin.ticker for coin in coins}


@cache
def _names() -> tuple[re.Pattern[str], dict[str, str]]:
    return _compile(
        r"(?<![\w$])COIN(?!\w)", {name: coin.ticker for coin in COINS for name in coin.names}, re.IGNORECASE
    )


@cache
def _dollars() -> tuple[re.Pattern[str], dict[str, str]]:
    return _compile(r"(?<!\w)[$#]COIN(?!\w)", _tickers(COINS), re.IGNORECASE)


@cache
def _plain_tickers() -> tuple[re.Pattern[str], dict[str, str]]:
    plain = {coin.ticker: coin.ticker for coin in COINS if not coin.word_ticker}
    small = {coin.ticker.lower(): coin.ticker for coin in COINS if coin.any_case}
    return _compile(rf"(?<![\w$])COIN(?:{_QUOTES})?(?!\w)", plain | small)


@cache
def _loud_tickers() -> tuple[re.Pattern[str], dict[str, str]]:
    return _compile(r"(?<![\w$])COIN(?!\w)", _tickers(coin for coin in COINS if coin.any_case))


@cache
def _word_tickers() -> tuple[re.Pattern[str], dict[str, str]]:
    context = (
        rf"(?:\((?=COIN_\))|(?<![\w$])(?=COIN_(?:[/-](?:{_QUOTES})\b|(?:'s)? (?i:{_AFTER})\b))|"
        rf"(?<=/)|(?<![\w$])(?i:{_BEFORE}) )"
    )
    words = _tickers(coin for coin in COINS if coin.word_ticker)
    options = "|".join(sorted(words, key=len, reverse=True))
    return _compile(context.replace("COIN_", f"(?:{options})") + r"COIN(?!\w)", words)


@cache
def _word_names() -> tuple[re.Pattern[str], dict[str, str]]:
    words = {name: coin.ticker for coin in COINS for name in coin.words}
    tickers = "|".join(coin.ticker for coin in COINS if coin.words)
    after = rf"(?=(?:'s)? (?i:{_AFTER})\b| \(\$?(?:{tickers})\))"
    return _compile(rf"(?<![\w$])COIN(?!\w){after}", words)
