import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.studies.augmentation.coins import COINS, mentioned_coins, swap_coins


def swap(text: str, seed: int = 0) -> str:
    return swap_coins([text], np.random.default_rng(seed))[0]


def tickers(text: str) -> list[str]:
    return [COINS[k].ticker for k in mentioned_coins(text)]


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
def test_coins_are_found_as_whole_words_only(text: str, expected: list[str]) -> None:
    assert tickers(text) == expected


def test_a_coin_becomes_the_same_other_coin_throughout() -> None:
    new = swap("Bitcoin falls: BTC below $20K, bitcoin's worst day since BTC fell")
    (k,) = mentioned_coins(new)
    name, ticker = COINS[k].names[0], COINS[k].ticker
    assert COINS[k].ticker != "BTC"
    assert new == f"{name} falls: {ticker} below $20K, {name.lower()}'s worst day since {ticker} fell"


def test_different_coins_stay_different_and_none_comes_back() -> None:
    for seed in range(30):
        new = tickers(swap("Bitcoin, Ethereum and Solana part ways", seed))
        assert len(new) == 3
        assert not {"BTC", "ETH", "SOL"} & set(new)


def test_the_rest_of_the_title_is_untouched() -> None:
    assert swap("BITCOIN HALVING NEARS!").endswith(" HALVING NEARS!")
    assert swap("BITCOIN HALVING NEARS!").isupper()
    assert swap("Fed raises rates by 0.25%") == "Fed raises rates by 0.25%"


def test_a_title_with_every_coin_keeps_them() -> None:
    title = " ".join(coin.names[0] for coin in COINS)
    assert swap(title) == title


@given(st.text())
def test_any_text_without_coins_comes_back(text: str) -> None:
    assert mentioned_coins(text) or swap(text) == text


def test_the_list_has_no_name_twice() -> None:
    names = [name for coin in COINS for name in {name.casefold() for name in (coin.ticker, *coin.names)}]
    assert len(COINS) >= 30
    assert len(set(names)) == len(names)


def test_the_same_seed_swaps_alike() -> None:
    titles = ["Bitcoin rises", "Solana falls"] * 5
    assert swap_coins(titles, np.random.default_rng(1)) == swap_coins(titles, np.random.default_rng(1))
    assert swap_coins(titles, np.random.default_rng(1)) != swap_coins(titles, np.random.default_rng(2))
