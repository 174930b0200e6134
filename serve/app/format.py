"""Numbers and coins of the barometer as people read them."""

from functools import cache
from math import hypot

from barometer.live.coin_table import COINS
from barometer.live.records import BarometerReading

_SPELLED = {
    "usd": "USD",
    "dao": "DAO",
    "sv": "SV",
    "ftx": "FTX",
    "terrausd": "TerraUSD",
}
# Coins that headlines also call by the name of their maker, which is not theirs.
_OWN = {"BONK": "bonk", "DAI": "dai", "EOS": ""}


def points(share: float) -> str:
    """A share in [0, 1] on the scale of 0 to 100, to a tenth."""
    return f"{100 * share:.1f}"


def interval(reading: BarometerReading) -> str:
    """The 95 % interval of a window, `30.2 to 43.3`; empty where it has no headline."""
    if reading.low is None or reading.high is None:
        return ""
    return f"{points(reading.low)} to {points(reading.high)}"


def change(now: BarometerReading, before: BarometerReading) -> tuple[str, str]:
    """How far a window lies above an earlier one, and the margin of 95 %: `▲ 3.2`, `± 4.1`; empty without both.

    The margin is that of the difference of two independent means: the root of the sum of the squares of theirs.
    """
    if now.value is None or before.value is None:
        return "", ""
    moved = round(100 * (now.value - before.value), 1)
    arrow = "▲" if moved > 0 else "▼" if moved < 0 else "="
    return f"{arrow} {abs(moved):.1f}", f"± {100 * hypot(_margin(now), _margin(before)):.1f}"


def _margin(reading: BarometerReading) -> float:
    return 0.0 if reading.low is None or reading.high is None else (reading.high - reading.low) / 2


@cache
def coin_titles() -> dict[str, str]:
    """Every known coin: ticker in capitals -> `Bitcoin (BTC)`, in the order of the table of coins."""
    names = {coin.ticker: _OWN.get(coin.ticker, (*coin.words, *coin.names, "")[0]) for coin in COINS}
    return {ticker: f"{_spelled(name)} ({ticker})" if name else ticker for ticker, name in names.items()}


def _spelled(name: str) -> str:
    return " ".join(_SPELLED.get(word, word[:1].upper() + word[1:]) for word in name.split())
