import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.coins import coin_table
from pipelines.studies.augmentation.methods.coin_swap import mentioned_coins, swap_coins

COINS = coin_table().swappable


def swap(text: str, seed: int = 0) -> str:
    return swap_coins([text], np.random.default_rng(seed))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bitcoin and BTC are one, ether is another", ["BTC", "ETH"]),
        ("Bitcoin Cash is not Bitcoin", ["BCH", "BTC"]),
        ("$BTC/ETH, #Solana and bitcoin-backed loans: Bitcoin's day", ["BTC", "ETH", "SOL"]),
        ("XRP rallies", ["XRP"]),
        ("WBTC, tBTC, BTCST and bitcoiners gain together", []),
        ("bitcoin.com and @bitcoin say nothing", []),
        ("A dot, a link, etc., for a vet who is apt to uni", []),
        ("DOT and LINK and ETC rise", ["DOT", "LINK", "ETC"]),
        ("Tether loses its peg as USDC holds", []),
    ],
)
def test_coins_are_whole_words(text: str, expected: list[str]) -> None:
    assert mentioned_coins(text) == expected


def test_a_coin_becomes_one_other_coin() -> None:
    new = swap("Bitcoin falls: BTC below $20K, bitcoin's worst day since BTC fell")
    (ticker,) = mentioned_coins(new)
    (name,) = (coin.swap_names[0] for coin in COINS if coin.ticker == ticker)
    assert ticker != "BTC"
    assert new == f"{name} falls: {ticker} below $20K, {name.lower()}'s worst day since {ticker} fell"


def test_different_coins_stay_different() -> None:
    for seed in range(30):
        new = mentioned_coins(swap("Bitcoin, Ethereum and Solana part ways", seed))
        assert len(new) == 3
        assert not {"BTC", "ETH", "SOL"} & set(new)


def test_the_rest_stays_untouched() -> None:
    assert swap("BITCOIN HALVING NEARS!").endswith(" HALVING NEARS!")
    assert swap("BITCOIN HALVING NEARS!").isupper()
    assert swap("Fed raises rates by 0.25%") == "Fed raises rates by 0.25%"


def test_every_coin_at_once_stays() -> None:
    title = " ".join(coin.swap_names[0] for coin in COINS)
    assert swap(title) == title


@given(st.text())
def test_texts_without_coins_come_back(text: str) -> None:
    assert mentioned_coins(text) or swap(text) == text


def test_the_same_seed_swaps_alike() -> None:
    titles = ["Bitcoin rises", "Solana falls"] * 5
    assert swap_coins(titles, np.random.default_rng(1)) == swap_coins(titles, np.random.default_rng(1))
    assert swap_coins(titles, np.random.default_rng(1)) != swap_coins(titles, np.random.default_rng(2))
