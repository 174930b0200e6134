"""The table of coins, `conf/coins.yaml`, and which of them a headline mentions: by name or ticker, never by a word.

The wheel carries the table inside the package; a checkout has it in `conf/`.
"""

from functools import cache
from pathlib import Path

from barometer.coins.mentions import CoinFinder
from barometer.coins.table import Coin, CoinTable
from barometer.settings import load

__all__ = ["Coin", "CoinTable", "coin_table", "coin_titles", "find_coins"]

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE.parents[1] / "conf" / "coins.yaml", _PACKAGE / "coins.yaml")


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

    A longer name hides the shorter one within it ("Bitcoin Cash" is BCH alone), a pair against money is its first coin
    ("SOL/USDT" is SOL), and an older ticker means the coin under its present one. Words that are also coins need
    something beside them that only coins have; `conf/coins.yaml` holds those words. Takes time linear in the title.
    """
    return _finder().find(title)


@cache
def _finder() -> CoinFinder:
    return CoinFinder(coin_table())
