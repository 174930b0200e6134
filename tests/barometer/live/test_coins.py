"""Coins in tricky sentences: precision first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.coin_table import COINS
from barometer.live.coins import find_coins


@pytest.mark.parametrize(
    ("title", "tickers"),
    [
        ("Bitcoin rises as ether falls", "BTC ETH"),
        ("btc and XRP rally while Sol remains a name", "BTC XRP"),
        ("Bitcoin Cash falls behind", "BCH"),
        ("Bitcoin Cash falls behind Bitcoin", "BCH BTC"),
        ("Ethereum Classic miners leave Ethereum", "ETC ETH"),
        ("Wrapped Bitcoin leaves the exchange", "WBTC"),
        ("BTC-backed loans grow", "BTC"),
        ("BTCUSD longs pile up", "BTC"),
        ("ETH/BTC ratio falls", "BTC ETH"),
        ("Traders pay $BTC and #eth", "BTC ETH"),
        ("Bitcoin's rally, bitcoins and (BTC)", "BTC"),
        # No false BTC in words, firms and domains.
        ("BTCC reopens in Europe", ""),
        ("BTC-e founder is sentenced", ""),
        ("SUBTCONTRACTORS of ABTC complain", ""),
        ("Bitcoiners and bitcoinization explained", ""),
        ("Bitcoin.com names a new officer", ""),
        ("ETH Zurich opens a laboratory", ""),
        ("Whether altogether methods solve it", ""),
        # Tickers that are words need a dollar, a parenthesis, a pair or a word of the trade.
        ("Regulators NEAR agreement on rules", ""),
        ("Bitcoin is near a record", "BTC"),
        ("NEAR token gains as NEAR holders vote", "NEAR"),
        ("Near Protocol unveils a bridge", "NEAR"),
        ("Only ONE thing matters for holders of cash", ""),
        ("Harmony plans rollback after ONE exploit", "ONE"),
        ("A harmony of rules across Europe", ""),
        ("Follow the LINK in our report", ""),
        ("Chainlink integrates a bank", "LINK"),
        ("LINK/EUR breaks out", "LINK"),
        ("$link whales return", "LINK"),
        ("US DOT fines an airline", ""),
        ("Polkadot upgrade passes", "DOT"),
        ("Analysts buy DOT before the upgrade", "DOT"),
        ("Beaches run out of SAND and GAS", ""),
        ("Gas fees fall on Ethereum", "ETH"),
        ("The Sandbox (SAND) opens a park", "SAND"),
        ("Banks, exchanges, ETC and more", ""),
        ("DOGE cuts federal contracts", ""),
        ("DOGE price and Dogecoin wallets grow", "DOGE"),
        ("Trump signs an order on stablecoins", ""),
        ("TRUMP token sinks", "TRUMP"),
        # Names that are words.
        ("An Avalanche of Liquidations Hits Traders", ""),
        ("Avalanche (AVAX) gains eight percent", "AVAX"),
        ("Avalanche's network halts", "AVAX"),
        ("Stellar results from a miner", ""),
        ("Optimism returns to markets", ""),
        ("Ripple effects of the ruling", ""),
        ("Ripple (XRP) wins in court", "XRP"),
        # In capitals throughout, capitals tell nothing.
        ("BITCOIN NEAR RECORD AS ONE WHALE BUYS LINK", "BTC"),
        ("XRP SOARS ON $NEAR DEAL", "NEAR XRP"),
        ("", ""),
    ],
)
def test_coins_are_found_and_words_are_not(title: str, tickers: str) -> None:
    assert find_coins(title) == set(tickers.split())


@pytest.mark.parametrize("coin", COINS, ids=lambda coin: coin.ticker)
def test_every_coin_is_found_by_dollar_by_name_and_in_parentheses(coin: object) -> None:
    ticker = coin.ticker  # type: ignore[attr-defined]
    assert find_coins(f"Traders buy ${ticker.lower()} today") == {ticker}
    assert find_coins(f"The asset ({ticker}) gains today") == {ticker}
    for name in coin.names:  # type: ignore[attr-defined]
        assert find_coins(f"Why {name.title()} gains today") == {ticker}
    for word in coin.words:  # type: ignore[attr-defined]
        assert find_coins(f"Why {word} price gains today") == {ticker}
        assert find_coins(f"Why a {word.lower()} of sorts gains today") == set()


def test_tickers_and_names_belong_to_one_coin() -> None:
    assert len({coin.ticker for coin in COINS}) == len(COINS) >= 60
    names = [name.casefold() for coin in COINS for name in (*coin.names, *coin.words)]
    assert len(names) == len(set(names)) + sum(name in {"tron"} for name in names) - 1
    assert all(coin.ticker.isupper() and all(name.islower() for name in coin.names) for coin in COINS)


@given(st.text(max_size=80))
def test_any_text_gives_tickers(text: str) -> None:
    assert find_coins(text) <= {coin.ticker for coin in COINS}


@given(st.sampled_from([coin.ticker for coin in COINS]), st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6))
def test_a_ticker_within_a_word_is_nothing(ticker: str, letters: str) -> None:
    assert find_coins(f"people say {letters}{ticker.lower()}{letters}x often") == set()


@given(st.lists(st.sampled_from([coin.ticker for coin in COINS]), max_size=5))
def test_dollar_tickers_are_all_found_in_any_order(tickers: list[str]) -> None:
    assert find_coins("people discuss " + ", ".join(f"${ticker}" for ticker in tickers)) == set(tickers)
