"""The table of coins, and coins in tricky sentences: precision first."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer import coins
from barometer.coins import Coin, CoinTable, coin_table, coin_titles, find_coins
from barometer.settings import SettingsError

TABLE = Path(__file__).resolve().parents[2] / "conf" / "coins.yaml"
COINS = coin_table().searched


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
def test_coins_are_found_words_not(title: str, tickers: str) -> None:
    assert find_coins(title) == set(tickers.split())


@pytest.mark.parametrize("coin", COINS, ids=lambda coin: coin.ticker)
def test_every_coin_is_found(coin: Coin) -> None:
    ticker = coin.ticker
    assert find_coins(f"Traders buy ${ticker.lower()} today") == {ticker}
    assert find_coins(f"The asset ({ticker}) gains today") == {ticker}
    for name in coin.names:
        assert find_coins(f"Why {name.title()} gains today") == {ticker}
    for word in coin.words:
        assert find_coins(f"Why {word} price gains today") == {ticker}
        assert find_coins(f"Why a {word.lower()} of sorts gains today") == set()


def test_the_repositorys_table_is_whole() -> None:
    assert len(COINS) >= 60 and len(coin_table().swappable) >= 30
    assert {coin.ticker for coin in coin_table().coins} - {coin.ticker for coin in COINS} == {"KSM", "RVN"}
    assert all(coin.title for coin in coin_table().swappable if coin.price_levels)


def test_coins_have_name_and_ticker() -> None:
    titles = coin_titles()
    assert (titles["BTC"], titles["USDC"], titles["GAS"]) == ("Bitcoin (BTC)", "USD Coin (USDC)", "GAS")
    assert "KSM" not in titles


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("coins: [{ticker: btc}]", r"coins\.0\.ticker = 'btc': .*pattern"),
        ("coins: [{ticker: BTC, names: [Bitcoin]}]", r"coins\.0\.names\.0 = 'Bitcoin'"),
        ("coins: [{ticker: BTC, colour: gold}]", r"coins\.0\.colour = 'gold'"),
        ("coins: [{ticker: BTC}, {ticker: XBT, words: [Btc]}]", "for one coin only, found twice: btc"),
        ("coins: []", r"coins = \[\]"),
        ("[]", "expected a mapping of coins"),
    ],
)
def test_a_wrong_table_names_the_key(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coins.yaml").write_text(text)
    monkeypatch.setattr(coins, "_PLACES", (tmp_path / "coins.yaml",))
    with pytest.raises(SettingsError, match=f"coins.yaml: .*{message}"):
        coin_table.__wrapped__()


def test_the_package_is_searched_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = tmp_path / "coins.yaml"
    packaged.write_text("coins: [{ticker: XYZ}]")
    monkeypatch.setattr(coins, "_PLACES", (TABLE, packaged))
    assert coin_table.__wrapped__() == coin_table()
    monkeypatch.setattr(coins, "_PLACES", (tmp_path / "conf" / "coins.yaml", packaged))
    assert coin_table.__wrapped__() == CoinTable(coins=(Coin(ticker="XYZ"),))
    packaged.unlink()
    with pytest.raises(SettingsError, match=r"no table of coins .*conf/coins\.yaml; reinstall"):
        coin_table.__wrapped__()


@given(st.text(max_size=80))
def test_any_text_gives_tickers(text: str) -> None:
    assert find_coins(text) <= {coin.ticker for coin in COINS}


@given(st.sampled_from([coin.ticker for coin in COINS]), st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6))
def test_tickers_within_words_are_nothing(ticker: str, letters: str) -> None:
    assert find_coins(f"people say {letters}{ticker.lower()}{letters}x often") == set()


@given(st.lists(st.sampled_from([coin.ticker for coin in COINS]), max_size=5))
def test_dollar_tickers_are_found_in_order(tickers: list[str]) -> None:
    assert find_coins("people discuss " + ", ".join(f"${ticker}" for ticker in tickers)) == set(tickers)
