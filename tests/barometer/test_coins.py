"""The table of coins, and coins in tricky sentences: precision first."""

import sys
from pathlib import Path
from types import FrameType

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


@pytest.mark.parametrize(
    ("title", "tickers"),
    [
        # Verbs of prices, also after a helper; weak ones where the headline speaks of a level.
        ("MASK climbs 7% overnight", "MASK"),
        ("SAND may rebound soon", "SAND"),
        ("HYPE hits a record high", "HYPE"),
        ("FLOW up 9% since Monday", "FLOW"),
        ("Analysts say ONE thing matters", ""),
        ("Stellar jumps 8% in an hour", "XLM"),
        ("A stellar jump of 8%", ""),
        ("Optimism soars as Bitcoin nears $60K", "BTC"),
        # Listing words.
        ("Kraken delists GALA and halts deposits", "GALA"),
        ("Korean exchange to list PUMP", "PUMP"),
        ("Broker adds LINK for retail clients", "LINK"),
        ("Exchange adds mask rule for visitors", ""),
        # Pairs: money is no coin of the headline, a coin is.
        ("NEAR/USDT volume doubles", "NEAR"),
        ("ADA-USD forms a triangle", "ADA"),
        ("LINKUSDT funding turns negative", "LINK"),
        ("ETHBTC falls to a new low", "ETH"),
        ("BTC/USD stalls at the average", "BTC"),
        ("SOL/ETH ratio climbs", "ETH SOL"),
        ("Solana trades above 140 USDT again", "SOL"),
        ("Thieves steal 3 million USDT", "USDT"),
        # Symbols, plurals, possessives, hashtags.
        ("Miner earns ₿2 a day", "BTC"),
        ("Stakers lock Ξ32 each", "ETH"),
        ("Much Ð for charity", "DOGE"),
        ("ΞΡΓΑ is a Greek word", ""),
        ("Dogecoins sent to space", "DOGE"),
        ("XRPs stolen in hack", "XRP"),
        ("Shoppers pay in litecoins", "LTC"),
        ("#NEAR and #ADA trend, #near does not", "ADA NEAR"),
        ("Cardano's founder answers Solana's", "ADA SOL"),
        # Lists: what stands beside a coin is one.
        ("ETH, LINK and NEAR lead the week", "ETH LINK NEAR"),
        ("DOT & SAND outshine Bitcoin", "BTC DOT SAND"),
        ("Litecoin, Stellar, Dash: weekly chart", "DASH LTC XLM"),
        ("Price watch 7/2: BTC, ETH, DOT, NEAR, DOGE", "BTC DOGE DOT ETH NEAR"),
        ("Bitcoin, gas and rent cost more", "BTC"),
        # Renamed coins are found under the present ticker.
        ("MATIC holders swap for POL", "POL"),
        ("Polygon raises its limit", "POL"),
        ("MKR burns resume at MakerDAO", "SKY"),
        ("RNDR upgrade completes", "RENDER"),
        ("AGIX and OCEAN merge into FET", "FET"),
        ("KLAY rebrands as KAIA", "KAIA"),
        ("Vaulta, formerly EOS, opens a bank", "EOS"),
        ("Sonic Labs hires a banker", "FTM"),
        ("LUNC burn beats LUNA burn", "LUNA LUNC"),
        # Newer coins.
        ("WLFI unlock vote passes", "WLFI"),
        ("PENGU, FARTCOIN and WIF fade", "FARTCOIN PENGU WIF"),
        ("Berachain and Kaito users wait", "BERA KAITO"),
        ("FDUSD wobbles for a day", "FDUSD"),
        ("Ethena's USDe grows", "ENA"),
        ("USDe loses its peg", "USDE"),
        ("Jito joins Pyth in a vote", "JTO PYTH"),
        ("Story (IP) token unlocks", "IP"),
        ("Intellectual Property (IP) rules tighten", ""),
        ("Courts weigh IP claims of artists", ""),
        ("Pi Network moves its deadline", "PI"),
        ("Raspberry Pi maker mines at home", ""),
        # Names that are words, and firms.
        ("Compound interest beats trading", ""),
        ("Lender Compound pauses a market", "COMP"),
        ("The exchange moved funds to Harmony in May", "ONE"),
        ("Harmony of rules urged by ministers", ""),
        ("An Avalanche of filings buries the agency", ""),
        ("Builders choose Avalanche", "AVAX"),
        ("Ripple effect of a bank's failure", ""),
        ("Ripple appoints a new counsel", "XRP"),
        ("Crypto market makers retreat", ""),
        ("Terra founder in custody", "LUNA"),
        ("The Movement to ban miners grows", ""),
        ("Movement Labs suspends a founder", "MOVE"),
        ("Sun Pacific (SUN) pays a dividend on its stock", ""),
        ("HIVE reports a record quarter", ""),
        ("Hacker spends a day on steth pools", "STETH"),
        # The department of the United States.
        ("DOGE staff enter a federal office", ""),
        ("DOGE cuts 5% of agency budget", ""),
        ("DOGE rallies on payment hopes", "DOGE"),
        ("Department of Government Efficiency (DOGE) closes", ""),
        # Addresses and codes.
        ("Visit solana.com or name.eth today", ""),
        ("OP_RETURN limit divides developers", ""),
        ("SBTC launches on a sidechain", ""),
    ],
)
def test_context_tells_coins_from_words(title: str, tickers: str) -> None:
    assert find_coins(title) == set(tickers.split())


@pytest.mark.parametrize(
    "piece", ["NEAR/", "BTC, ", "(ONE) ", "$", "Ξ", "ethereum classic ", "DOT and ", "3,1 USDT ", "U."]
)
def test_work_grows_with_the_title(piece: str) -> None:
    def calls(repeats: int) -> int:
        counted = 0

        def count(frame: FrameType, event: str, arg: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            find_coins(piece * repeats)
        finally:
            sys.setprofile(None)
        return counted

    assert calls(400) <= 2.5 * calls(200)


@pytest.mark.parametrize("coin", COINS, ids=lambda coin: coin.ticker)
def test_every_coin_is_found(coin: Coin) -> None:
    ticker = coin.ticker
    assert find_coins(f"Traders buy ${ticker.lower()} today") == {ticker}
    assert find_coins(f"The asset ({ticker}) gains today") == {ticker}
    for name in coin.names:
        assert find_coins(f"Why {name.title()} gains today") == {ticker}
    for word in (*coin.words, *coin.proper):
        assert find_coins(f"Why {word} price gains today") == {ticker}
        assert find_coins(f"Why a {word.lower()} of sorts gains today") == set()


def test_the_repositorys_table_is_whole() -> None:
    assert len(COINS) >= 200 and len(coin_table().swappable) >= 30
    assert sum(bool(coin.names or coin.proper or coin.words) for coin in COINS) >= 200
    assert all(coin.title for coin in coin_table().swappable if coin.price_levels)


def test_coins_have_name_and_ticker() -> None:
    titles = coin_titles()
    assert (titles["BTC"], titles["USDC"], titles["GAS"]) == ("Bitcoin (BTC)", "USD Coin (USDC)", "GAS")
    assert "MATIC" not in titles and titles["POL"] == "Polygon (POL)"


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


@pytest.mark.real_data
@pytest.mark.slow
def test_readers_name_the_same_coins(real_corpora: Path) -> None:
    from scripts.measure_coins import read_labels, read_titles, scores

    labels = read_labels()
    assert len(labels) == 500
    found = scores(labels, read_titles(real_corpora, (label.id for label in labels)))
    for part in ("development", "test"):
        assert found[part].headlines == 250
        assert found[part].precision >= 0.97 and found[part].recall >= 0.97
