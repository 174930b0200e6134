"""Titles of one story become one, titles that differ in a word that matters stay two."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.live.filtering.duplicates import NearDuplicates, alike
from barometer.live.filtering.story import is_same_story, read_story
from barometer.live.filtering.wording import bare_title, plain_numbers, stem

SAME = [
    [
        "Coinbase pauses staking in Texas",
        "Coinbase Pauses Staking in Texas - The Block",
        "Coinbase pauses staking in Texas | Decrypt",
        "📉 Coinbase pauses staking in Texas",
        "JUST IN | Coinbase pauses staking in Texas",
        "[BREAKING] Coinbase halts staking in Texas (3 comments)",
        "EXCLUSIVE: Coinbase pauses staking in Texas — CryptoSlate",
        "WATCH: Coinbase pauses staking in Texas",
        "Coinbase pauses staking in Texas \u2013 U.Today",
        "UPDATE 3-Coinbase pauses staking in Texas",
        "Coinbase pauses staking in Texas (UPDATE)",
        "BREAKING 🚨 Coinbase pauses staking in Texas",
    ],
    [
        "Strategy raises $1.5B for Bitcoin buys",
        "Strategy raises $1.5 billion for bitcoin buys",
        "Strategy raises $1.5bn for BTC buys",
        "Strategy raises 1,500 million dollars for Bitcoin buys",
        "Strategy raises US$1.5 billion for Bitcoin buys",
    ],
    [
        "Tether supply grows 5% in a month",
        "Tether supply grows 5 percent in a month",
        "Tether supply grew 5 per cent in a month",
        "Tether supply grows 5pct in a month",
    ],
    [
        "Regulator authorises token programme of Bitpanda",
        "Regulator authorizes token program of Bitpanda",
    ],
    [
        "Bank fined €2M over crypto desk",
        "Bank fined €2 million over crypto desk",
        "Bank fined 2 million euros over crypto desk",
        "Bank fined EUR 2m over crypto desk",
    ],
    [
        "Three exchanges cancelled listings in Korea",
        "3 exchanges canceled listings in Korea",
    ],
    [
        "Thieves steal $12M from Orbit Bridge",
        "Orbit Bridge hacked for $12 million",
        "Orbit Bridge loses $12M in exploit",
        "Orbit Bridge suffers $12M hack",
        "$12 million stolen from Orbit Bridge",
    ],
    [
        "Foundry secures $70M in Series B funding",
        "Foundry raises $70 million in Series B round",
        "Crypto startup Foundry raises $70M",
    ],
    [
        "U.S. judge jails Celsius founder for 12 years",
        "US judge jails Celsius founder for 12 years",
        "US Judge Jails Celsius Founder for Twelve Years",
    ],
    [
        "Binance to pay $4.3B fine",
        "Binance agrees to pay $4.3 billion penalty",
        "Binance fined $4.3 billion",
    ],
    [
        "SEC delays decision on spot Solana ETF",
        "SEC Delays Decision on Spot SOL ETF",
    ],
    [
        "Ripple's Brad Garlinghouse to testify in Senate",
        "Ripple's Brad Garlinghouse will testify in the Senate",
    ],
    [
        "Solana drops below $100",
        "Solana falls below $100",
        "Solana slides below 100 dollars",
    ],
    [
        "Coinbase co-founder Fred Ehrsam leaves board",
        "Coinbase cofounder Fred Ehrsam leaves board",
    ],
]
DIFFERENT = [
    ("Senate passes stablecoin bill after long debate", "Senate rejects stablecoin bill after long debate"),
    ("Tether is fully backed, says new audit", "Tether isn't fully backed, says new audit"),
    ("Court lets exchange keep customer funds", "Court never lets exchange keep customer funds"),
    ("Kraken sues Binance over patents", "Binance sues Kraken over patents"),
    ("Whale moves 5,000 BTC from Coinbase to Binance", "Whale moves 5,000 BTC from Binance to Coinbase"),
    ("Whale deposits 5,000 BTC", "Whale deposits 6,000 BTC"),
    ("Circle wins licence in Dubai", "Paxos wins licence in Dubai"),
    (
        "Minister of Japan calls for lower tax on crypto gains next year",
        "Minister of Korea calls for lower tax on crypto gains next year",
    ),
    (
        "Bitcoin opens the week higher as stocks gain on rate hopes",
        "Bitcoin closes the week higher as stocks gain on rate hopes",
    ),
    (
        "Coinbase Adds Support for New Token in Europe After Review",
        "Coinbase Drops Support for New Token in Europe After Review",
    ),
    (
        "Ether futures volume hits record in May as traders return to market",
        "Ether futures volume hits record in June as traders return to market",
    ),
    ("Miner buys 1,000 rigs", "Miner sells 1,000 rigs"),
    ("Exchange hack: $35M stolen from Zeta", "Exchange hack: $53M stolen from Zeta"),
    ("Hackers drain $35M from Zeta", "Hackers return $35M to Zeta"),
    ("Hackers drain $35M from Zeta", "Zeta users sue over $35M hack"),
    ("Hackers drain $35M from Zeta", "Hackers drain $35M from Beta"),
    ("Zeta recovers $35M stolen in hack", "Zeta loses $35M in hack"),
    ("SEC approves spot Ether ETF", "SEC may approve spot Ether ETF"),
    ("SEC approves spot Ether ETF", "SEC yet to approve spot Ether ETF"),
    ("Fund manager denies Bitcoin sale", "Fund manager Bitcoin sale"),
    ("Bitcoin up 5% this week as funds buy", "Bitcoin down 5% this week as funds buy"),
    ("Bitcoin gains +5% in a day of trade", "Bitcoin gains -5% in a day of trade"),
    (
        "Bank of England raises limit on stablecoin holdings for firms",
        "Bank of England lowers limit on stablecoin holdings for firms",
    ),
    (
        "Second trial of mixer developer begins in New York court",
        "Third trial of mixer developer begins in New York court",
    ),
    (
        "Judge finds Tornado developer guilty of conspiracy charge in New York",
        "Judge finds Tornado developer innocent of conspiracy charge in New York",
    ),
    (
        "Exchange users complain of outage on busy day - Kraken",
        "Exchange users complain of outage on busy day - Gemini",
    ),
    ("Kraken sued by SEC over staking", "SEC sued by Kraken over staking"),
    ("Kraken wins licence in Dubai and Oslo", "Kraken wins licence in Dubai"),
    (
        "Bitcoin holders in profit reach a record share of supply",
        "Bitcoin holders in loss reach a record share of supply",
    ),
    ("Tokens unlocked by the foundation of Aptos this month", "Tokens locked by the foundation of Aptos this month"),
    ("FTX to repay creditors with interest", "FTX to repay creditors without interest"),
    ("Binance resumes withdrawals", "Binance halts withdrawals"),
    (
        "Elizabeth Warren backs crypto bill in Senate vote on Tuesday night",
        "Cynthia Lummis backs crypto bill in Senate vote on Tuesday night",
    ),
    ("Celsius token rallies 20% in a day", "Celsius token rallies 20 points in a day"),
    ("Tether freezes $5M linked to hack", "Tether unfreezes $5M linked to hack"),
    ("Hong Kong allows retail trading of tokens", "Hong Kong bans retail trading of tokens"),
    (
        "Charles Schwab to launch spot crypto trading next year",
        "Charles Schwab no longer to launch spot crypto trading next year",
    ),
    ("Gensler says Ether is a commodity in hearing", "Gensler refuses to say Ether is a commodity in hearing"),
]


@pytest.mark.parametrize("titles", SAME)
def test_one_story_in_other_words(titles: list[str]) -> None:
    assert [pair for pair in permutations(titles, 2) if not alike(*pair)] == []


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_news_stays_two(one: str, other: str) -> None:
    assert not alike(one, other)
    assert not alike(other, one)


@pytest.mark.parametrize(
    ("one", "other", "like"),
    [
        ("Binance halts Bitcoin withdrawals after fault", "UPDATE: Binance halts BTC withdrawals after a fault", True),
        ("SEC delays decision on Ethereum fund of Fidelity", "SEC delays its decision on Fidelity ether fund", True),
        ("Bitcoin hits $64K as gold gains and oil falls", "Bitcoin hits $65K as gold gains and oil falls", False),
        ("Spot Bitcoin funds see large inflows this week", "Spot Ethereum funds see large inflows this week", False),
        ("Strategy buys more Bitcoin", "Strategy sells some Bitcoin", False),
        ("Bitcoin rises", "Bitcoin rises", False),  # the same title is no near-duplicate but the same
        ("Regulator approves the exchange", "Miners leave the country", False),
        ("", "", False),
    ],
)  # fmt: skip
def test_duplicates_share_words_numbers_and_coins(one: str, other: str, like: bool) -> None:
    seen = NearDuplicates(0.7, [one])
    assert seen.has_like(other) is like
    assert seen.knows(one.upper())


def test_the_first_like_title_is_found() -> None:
    first, second, third = SAME[0][:3]
    seen = NearDuplicates(0.8, ["Miners leave the country", first, second])
    assert (seen.find_like(third), seen.find_like(first), seen.find_like("Ether falls")) == (first, None, None)
    known = NearDuplicates(0.8)
    known.add(first, compared=False)
    assert known.knows(first) and known.find_like(third) is None


WORDS = st.lists(
    st.sampled_from(["miners", "leave", "the", "country", "after", "police", "raid", "farm", "near", "river"]),
    max_size=9,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS.map(" ".join), max_size=6), WORDS.map(" ".join), st.sampled_from([0.5, 0.8, 0.95]))
def test_index_misses_no_near_duplicate(titles: list[str], title: str, similarity: float) -> None:
    stories = [read_story(other) for other in titles if other != title]
    expected = title not in titles and any(is_same_story(read_story(title), other, similarity) for other in stories)
    assert NearDuplicates(similarity, titles).has_like(title) is expected


def test_week_of_titles_is_searched_fast() -> None:
    import random
    import time

    rng = random.Random(3)
    vocabulary = [f"word{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(3000)]
    titles = ["bitcoin price " + " ".join(rng.choices(vocabulary, k=9)) for _ in range(5000)]
    seen = NearDuplicates(0.8, titles)
    started = time.process_time()
    found = [seen.has_like(f"{title} today") for title in titles[:500]]
    assert all(found)
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("$60K 60,000 60 thousand dollars", ["60000", "60000", "60000"]),
        ("$1.50bn, US$1.5 billion and 1500 million", ["1500000000", "1500000000", "1500000000"]),
        ("EUR 2m or \u20ac2 million or 2 million euros", ["2000000\u20ac", "2000000\u20ac", "2000000\u20ac"]),
        ("5% 5.0 per cent -5 percent 5pct", ["5%", "5%", "-5%", "5%"]),
        ("24h S2F v1.2 1.2.3", []),
        ("$60-65K", ["60", "65000"]),
        ("1,23 0.5", ["0.5"]),
    ],
)
def test_numbers_have_one_form(text: str, numbers: list[str]) -> None:
    assert [number for number, _ in plain_numbers(text)[1]] == numbers


@pytest.mark.parametrize(
    ("title", "bare", "tail"),
    [
        ("\U0001f6a8 BREAKING: Pool drained of funds", "Pool drained of funds", ""),
        ("UPDATE 2-Pool drained of funds (58 comments)", "Pool drained of funds", ""),
        ("[Exclusive] WATCH | Pool drained of funds (Updated)", "Pool drained of funds", ""),
        ("Pool drained of funds \u2014 Crypto Daily News", "Pool drained of funds", ""),
        ("Pool drained of funds - Coinbase", "Pool drained of funds", "Coinbase"),
        ("Pool drained of funds - Analyst", "Pool drained of funds", "Analyst"),
        ("Live-streaming pool drained", "Live-streaming pool drained", ""),
        ("Now-closed pool drained - and nobody cares", "Now-closed pool drained - and nobody cares", ""),
        ("BREAKING:", "BREAKING:", ""),
    ],
)
def test_labels_and_outlets_are_left_out(title: str, bare: str, tail: str) -> None:
    assert bare_title(title) == (bare, tail)


@pytest.mark.parametrize(
    "words",
    [
        "licence license licences", "programme program programmes", "organise organizes organised", "colour color",
        "cancelled canceled cancels", "falls falling fell fallen", "buys buying bought", "raises raised raising",
        "launches launching", "denies denied deny", "banned bans banning",
    ],
)  # fmt: skip
def test_one_word_has_one_stem(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 1


@pytest.mark.parametrize(
    "words", ["list delist", "approve approval", "lock unlock", "news new", "gain again", "peg depeg", "rise raise"]
)
def test_other_words_keep_their_stem(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 2


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_likeness_is_mutual_for_all_titles(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
