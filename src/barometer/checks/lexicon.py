"""The words that fill the slots of the templates; a slot `other_X` is filled from X again."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

Slot = Sequence[str | Mapping[str, str]]

# Name, ticker, and price levels that its readers have seen, rising.
_COINS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Bitcoin": ("BTC", ("$28,000", "$31,500", "$42,000", "$58,000", "$64,000", "$71,000")),
    "Ethereum": ("ETH", ("$1,400", "$1,750", "$1,900", "$2,300", "$2,900", "$3,400")),
    "Solana": ("SOL", ("$21", "$35", "$58", "$96", "$140", "$175")),
    "XRP": ("XRP", ("$0.34", "$0.41", "$0.48", "$0.55", "$0.63", "$0.72")),
    "Cardano": ("ADA", ("$0.26", "$0.33", "$0.39", "$0.45", "$0.52", "$0.61")),
    "Dogecoin": ("DOGE", ("$0.06", "$0.07", "$0.09", "$0.12", "$0.15", "$0.18")),
    "Litecoin": ("LTC", ("$54", "$63", "$72", "$81", "$92", "$105")),
    "Polkadot": ("DOT", ("$4.10", "$4.80", "$5.60", "$6.30", "$7.20", "$8.50")),
    "Chainlink": ("LINK", ("$5.90", "$7.10", "$9.40", "$12.50", "$14.80", "$18.20")),
    "Tron": ("TRX", ("$0.05", "$0.06", "$0.08", "$0.10", "$0.12", "$0.14")),
    "BNB": ("BNB", ("$215", "$245", "$280", "$310", "$410", "$560")),
    "Tezos": ("XTZ", ("$0.68", "$0.79", "$0.92", "$1.05", "$1.20", "$1.40")),
    "Algorand": ("ALGO", ("$0.11", "$0.14", "$0.17", "$0.20", "$0.25", "$0.31")),
}
TICKERS = {name: ticker for name, (ticker, _) in _COINS.items()}
EXCHANGES = (
    "Binance", "Coinbase", "Kraken", "Bitstamp", "Gemini", "OKX", "KuCoin", "Bitfinex", "Bybit", "Upbit", "Huobi",
    "bitFlyer",
)  # fmt: skip


def _verbs(*rows: str) -> list[dict[str, str]]:
    """Verbs from their forms: base, third person, -ing, past, participle."""
    return [dict(zip(("base", "s", "ing", "past", "done"), row.split(), strict=True)) for row in rows]


def _pairs(*rows: str) -> list[dict[str, str]]:
    """A mild and a strong word for the same thing."""
    return [dict(zip(("mild", "strong"), row.split(), strict=True)) for row in rows]


def _titled(*words: str) -> list[dict[str, str]]:
    """Words as they stand inside (`low`) and at the start of a headline (`cap`)."""
    return [{"low": word, "cap": word[0].upper() + word[1:]} for word in words]


def _markets() -> Iterator[dict[str, str]]:
    for name, (_, levels) in _COINS.items():
        for low, high in combinations(levels, 2):
            yield {"name": name, "low": low, "high": high}


LEXICON: dict[str, Slot] = {
    # Whom and what the news is about.
    "coin": list(TICKERS),
    "asset": list(dict.fromkeys([*TICKERS, *TICKERS.values()])),
    "market": list(_markets()),
    "exchange": EXCHANGES,
    "company": ["Tesla", "MicroStrategy", "Shopify", "Nike", "Adidas", "Airbnb", "Spotify", "Toyota", "Sony", "IKEA"],
    "bank": ["JPMorgan", "Goldman Sachs", "Deutsche Bank", "BNP Paribas", "UBS", "Santander", "Barclays", "DBS"],
    "country": ["Japan", "Brazil", "Portugal", "Canada", "Australia", "Poland", "Thailand", "Norway", "Chile", "Kenya"],
    "city": ["Lisbon", "Toronto", "Austin", "Denver", "Zurich", "Seoul", "Paris", "Berlin", "Miami", "Osaka", "Milan"],
    "speaker": _titled("analysts", "traders", "strategists", "economists", "fund managers", "chartists"),
    "officer": ["CEO", "chief executive", "spokesperson", "head of security", "finance chief", "co-founder"],
    "post": ["general counsel", "head of compliance", "technology chief", "head of research", "marketing chief"],
    # When, how much.
    "period": ["this week", "this month", "this quarter", "this year", "next week", "next month", "over the weekend"],
    "span": ["this week", "this month", "this quarter", "this year"],
    "occasion": ["Fed meeting", "inflation report", "jobs report", "options expiry", "network upgrade", "GDP release"],
    "weekday": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
    "month": ["January", "March", "April", "June", "September", "October", "November"],
    "percent": [str(n) for n in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 18, 20)],
    "share": [str(n) for n in (20, 25, 30, 35, 40, 45, 50, 60, 70, 80)],
    "amount": [str(n) for n in (12, 15, 18, 25, 30, 40, 55, 60, 75, 80, 90, 120, 150, 200, 250)],
    "count": [str(n) for n in (3, 4, 5, 6, 7, 8, 9, 10, 11)],
    # What happens to prices.
    "fall": _verbs(
        "drop drops dropping dropped dropped",
        "fall falls falling fell fallen",
        "slide slides sliding slid slid",
        "tumble tumbles tumbling tumbled tumbled",
        "plunge plunges plunging plunged plunged",
        "crash crashes crashing crashed crashed",
        "sink sinks sinking sank sunk",
    ),
    "rise": _verbs(
        "rise rises rising rose risen",
        "climb climbs climbing climbed climbed",
        "jump jumps jumping jumped jumped",
        "surge surges surging surged surged",
        "rally rallies rallying rallied rallied",
        "soar soars soaring soared soared",
    ),
    "bust": ["crash", "sell-off", "slump", "collapse", "plunge", "rout"],
    "boom": ["rally", "surge", "recovery", "breakout", "rebound", "bull run"],
    "steeper_fall": _pairs(
        "drops slumps", "slumps crashes", "drops crashes", "slips plunges", "dips collapses", "declines plummets",
        "falls tumbles",
    ),
    "steeper_rise": _pairs(
        "gains jumps", "jumps soars", "gains soars", "rises surges", "climbs skyrockets", "advances rockets",
    ),
    "how": ["sharply", "dramatically", "steeply", "rapidly"],
    # What happens to firms.
    "harm": ["halt withdrawals", "freeze accounts", "cut jobs", "file for bankruptcy", "shut down", "lay off staff"],
    "trouble": ["bankruptcy", "a fine", "a lawsuit", "a shutdown", "a ban", "criminal charges", "insolvency"],
    "attack": _titled("phishing attack", "bridge exploit", "DeFi exploit", "wallet hack", "ransomware attack"),
    "crime": ["fraud", "money laundering", "insider trading", "market manipulation", "tax evasion"],
    "bad": [
        "exchange hack", "regulatory crackdown", "ETF rejection", "weak stock market", "hawkish Fed", "miner selling",
        "fraud scandal",
    ],
    "good": [
        "ETF approval", "bullish forecasts", "record inflows", "rate cut", "strong earnings", "successful upgrade",
        "new partnership",
    ],
    "bad_clause": ["stocks slide", "regulators tighten rules", "miners sell", "volumes shrink", "lawsuits pile up"],
    "good_clause": ["stocks rally", "regulators ease rules", "whales buy", "volumes grow", "inflows hit a record"],
}  # fmt: skip
