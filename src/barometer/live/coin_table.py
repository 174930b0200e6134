"""The coins that headlines are searched for: tickers, names, and which of them are words of the language as well.

Curated by hand: the coins that were largest or most written about from 2018 to 2026.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin.

    Attributes:
        ticker: in capitals.
        names: names that mean the coin wherever they stand, in any case.
        words: names that are also ordinary words or other firms; they count only with a capital and beside a word
            of the trade ("Avalanche network", "Stellar (XLM)").
        word_ticker: whether the ticker is also a word or another abbreviation (NEAR, ONE, DOT); it counts only as
            $NEAR or beside a word of the trade.
        any_case: whether the ticker means the coin in small letters too.
    """

    ticker: str
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    word_ticker: bool = False
    any_case: bool = False


COINS: tuple[Coin, ...] = (
    Coin("BTC", ("bitcoin", "bitcoins"), any_case=True),
    Coin("ETH", ("ethereum", "ether"), any_case=True),
    Coin("USDT", (), ("Tether",), any_case=True),
    Coin("USDC", ("usd coin",), any_case=True),
    Coin("BNB", ("binance coin", "bnb chain"), any_case=True),
    Coin("XRP", ("xrp ledger", "xrpl"), ("Ripple",), any_case=True),
    Coin("SOL", ("solana",)),
    Coin("ADA", ("cardano",)),
    Coin("DOGE", ("dogecoin",), word_ticker=True),  # also a department of the United States since 2025
    Coin("TRX", ("tron network", "tron dao", "tron blockchain"), ("Tron", "TRON")),
    Coin("DOT", ("polkadot",), word_ticker=True),
    Coin("MATIC", ("polygon network", "polygon labs"), ("Polygon",)),
    Coin("POL", (), word_ticker=True),
    Coin("LTC", ("litecoin",), any_case=True),
    Coin("SHIB", ("shiba inu", "shibarium")),
    Coin("AVAX", (), ("Avalanche",)),
    Coin("DAI", ("makerdao",), word_ticker=True),
    Coin("LINK", ("chainlink",), word_ticker=True),
    Coin("UNI", ("uniswap",), word_ticker=True),
    Coin("ATOM", ("cosmos hub",), ("Cosmos",), word_ticker=True),
    Coin("XLM", ("stellar lumens", "stellar network", "stellar development foundation"), ("Stellar",)),
    Coin("XMR", ("monero",)),
    Coin("ETC", ("ethereum classic",), word_ticker=True),
    Coin("BCH", ("bitcoin cash",)),
    Coin("BSV", ("bitcoin sv", "bitcoin satoshi vision")),
    Coin("BTG", ("bitcoin gold",)),
    Coin("WBTC", ("wrapped bitcoin",)),
    Coin("FIL", ("filecoin",), word_ticker=True),
    Coin("HBAR", ("hedera", "hedera hashgraph")),
    Coin("ICP", ("internet computer protocol", "dfinity"), ("Internet Computer",), word_ticker=True),
    Coin("NEAR", ("near protocol",), word_ticker=True),
    Coin("APT", ("aptos",), word_ticker=True),
    Coin("ARB", ("arbitrum",), word_ticker=True),
    Coin("OP", ("optimism network", "optimism foundation"), ("Optimism",), word_ticker=True),
    Coin("SUI", ("sui network", "sui blockchain"), ("Sui",), word_ticker=True),
    Coin("TON", ("toncoin", "the open network"), word_ticker=True),
    Coin("PEPE", ("pepecoin", "pepe coin"), ("Pepe",), word_ticker=True),
    Coin("AAVE", ("aave",)),
    Coin("MKR", (), ("Maker",)),
    Coin("COMP", ("compound finance",), word_ticker=True),
    Coin("CRV", ("curve dao", "curve finance")),
    Coin("ALGO", ("algorand",), word_ticker=True),
    Coin("VET", ("vechain",), word_ticker=True),
    Coin("XTZ", ("tezos",)),
    Coin("EOS", ("eosio",)),
    Coin("NEO", (), ("Neo",), word_ticker=True),
    Coin("IOTA", (), word_ticker=True),
    Coin("DASH", ("dashcoin",), ("Dash",), word_ticker=True),
    Coin("ZEC", ("zcash",)),
    Coin("SAND", ("the sandbox",), word_ticker=True),
    Coin("MANA", ("decentraland",), word_ticker=True),
    Coin("AXS", ("axie infinity",)),
    Coin("APE", ("apecoin",), word_ticker=True),
    Coin("GRT", (), ("The Graph",)),
    Coin("FTM", (), ("Fantom",)),
    Coin("ONE", ("harmony protocol", "harmony blockchain", "harmony one"), ("Harmony",), word_ticker=True),
    Coin("GAS", (), word_ticker=True),
    Coin("LUNA", ("terra luna", "terraform labs"), ("Luna", "Terra"), word_ticker=True),
    Coin("UST", ("terrausd",), word_ticker=True),
    Coin("FTT", ("ftx token",)),
    Coin("CRO", ("cronos chain",), ("Cronos",), word_ticker=True),
    Coin("QNT", (), ("Quant",)),
    Coin("INJ", ("injective protocol",), ("Injective",)),
    Coin("RUNE", ("thorchain",), word_ticker=True),
    Coin("TAO", ("bittensor",), word_ticker=True),
    Coin("WLD", ("worldcoin",)),
    Coin("TRUMP", ("trump coin", "trump memecoin", "official trump"), word_ticker=True),
    Coin("BONK", ("bonk inu",), word_ticker=True),
    Coin("WIF", ("dogwifhat",), word_ticker=True),
    Coin("HYPE", ("hyperliquid",), word_ticker=True),
    Coin("KAS", ("kaspa",)),
    Coin("ENA", ("ethena",)),
)
