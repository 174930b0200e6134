"""Each filter, on titles it must keep and titles it must drop."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.live.filtering.duplicates import NearDuplicates
from barometer.live.filtering.filters import FILTERS, Context, FilterChain
from barometer.live.parsing.parse import Entry
from barometer.live.settings import FilterSettings
from barometer.settings import SettingsError

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
SETTINGS = FilterSettings()


def entry(title: str, days: float = 0) -> Entry:
    return Entry(title, "https://example.org", NOW - timedelta(days=days))


def passes(name: str, title: str, days: float = 0) -> bool:
    return FILTERS[name](entry(title, days), Context(SETTINGS, NOW, NearDuplicates(0.8)))


KEPT = {
    "words": ["Bitcoin rises once more", "Strategy buys 1,286 BTC", "U.S. regulators clear stablecoins"],
    "not_question": [
        "Traders ask why Bitcoin rises",
        'Analyst: "who knows?" is no answer',
        "What's next? Bitcoin rises",
    ],
    "english": [
        "Bitcoin rises as traders cheer new rules in Europe",
        "Ethereum devs to narrow 66 proposals tied to Hegota upgrade",
        "BITCOIN RISES AS TRADERS CHEER NEW RULES",
        "Crypto exchange Bitpanda fined in Austria",
        "Silicon Valley Is Coconuts for Kamala Harris",
        "Memecoin craters after founder dumps holdings",
        "Thief drains staking pool",
        "Ronin bridge drained again",
        "XRP tanks 12%",
        "De Nederlandsche Bank fines Coinbase",
        "Soci\u00e9t\u00e9 G\u00e9n\u00e9rale launches dollar stablecoin",
        "Caf\u00e9 owner in S\u00e3o Paulo accepts bitcoin",
    ],
    "verb": [
        "Bitcoin rises above a record",
        "Bitcoin Surges Past Record High",
        "Regulator Fines Exchange Over Missing Papers",
        "Miner to sell half of its holdings",
        "Kalshi ordered to stop prediction markets",
        "Bitcoin could bottom in October",
        "Dormant Holder Moves Coins After Years",
        "Bitmain to host 56,000 machines in Georgia",
        "Exchanges report outages amid extreme volatility",
    ],
}
DROPPED = {
    "words": ["Bitcoin rises again", "Newsletter #98", "", "- - - - -", "Bitcoin — up | now"],
    "not_question": ["Is Bitcoin dead?", "Will it rise? (Really?)", "Can ETH recover? - Example News", 'Is it "over?"'],
    "english": [
        "加密货币挖矿在华盛顿拥有自己的游说声音",
        "Arbitrum 将于 2024 年 3 月解锁 $1.2B ARB\uff1a代币解锁",
        "Bitcoin cai após decisão do banco central sobre juros",
        "Bitcoin fällt nach der Entscheidung der Notenbank deutlich",
        "Le bitcoin chute après la décision de la banque centrale",
        "El precio de bitcoin cae tras la decisión del banco central",
        "Биткоин падает после решения регулятора",
        "ビットコインが上昇",
        "$64,000 = 100%",
    ],
    "verb": ["The benefits of digital money", "Seven Bitcoin documentaries", "Price analysis 4/13: BTC, ETH"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "title"), [(name, title) for name in KEPT for title in KEPT[name]])
def test_a_filter_keeps(name: str, title: str) -> None:
    assert passes(name, title)


@pytest.mark.parametrize(("name", "title"), [(name, title) for name in DROPPED for title in DROPPED[name]])
def test_a_filter_drops(name: str, title: str) -> None:
    assert not passes(name, title)


def test_age_is_counted_to_the_moment() -> None:
    assert passes("recent", "Bitcoin rises", days=30)
    assert not passes("recent", "Bitcoin rises", days=30.001)


def test_first_failing_filter_gives_the_reason() -> None:
    title = "Is Bitcoin dead?"  # three words and a question
    for order, reason in ((("words", "not_question"), "words"), (("not_question", "words"), "not_question")):
        result = FilterChain(FilterSettings(order=order), NOW).apply([entry(title)])
        assert [name for _, name in result.dropped] == [reason]
        assert result.counts == {reason: 1}
    assert FilterChain(FilterSettings(order=()), NOW).apply([entry(title)]).kept == (entry(title),)


def test_an_unknown_filter_is_named() -> None:
    with pytest.raises(SettingsError, match=r"filters\.order: unknown funny; expected some of recent"):
        FilterChain(FilterSettings(order=("verb", "funny")), NOW)


def test_stored_titles_are_known_to_filters() -> None:
    filters = FilterChain(SETTINGS, NOW, ["Regulator approves the exchange after a long review"])
    same = entry("REGULATOR approves the exchange after a long review")
    like = entry("Regulator approves exchange after long review today")
    result = filters.apply([same, like])
    assert (len(result.known), result.counts) == (1, {"near_duplicate": 1})


@pytest.mark.parametrize("count", ["once", "every"])
def test_near_duplicates_name_their_story(count: Any) -> None:
    stored, first = "Regulator approves the exchange after a long review", "Coinbase pauses staking in Texas"
    filters = FilterChain(SETTINGS, NOW, [stored], count, ["A near-duplicate that the store kept before"])
    given_titles = [
        "Regulator approves exchange after long review today", first, f"WATCH: {first}", f"{first} | Decrypt",
        "Hi", "A near-duplicate that the store kept before",
    ]  # fmt: skip
    result = filters.apply([entry(title) for title in given_titles])
    likes = [(entry(given_titles[0]), stored), (entry(given_titles[2]), first), (entry(given_titles[3]), first)]
    assert list(result.likes) == likes
    kept = {"once": [first], "every": given_titles[:4]}
    assert [kept.title for kept in result.kept] == kept[count]
    assert result.counts == ({"near_duplicate": 3, "words": 1} if count == "once" else {"words": 1})
    assert [known.title for known in result.known] == [given_titles[5]]
    again = filters.apply([entry(title) for title in given_titles])
    assert again.kept == () and len(again.known) == len(kept[count]) + 1


def test_other_filters_still_drop_copies() -> None:
    order = ("near_duplicate", "words")
    filters = FilterChain(FilterSettings(order=order, min_words=9), NOW, ["Coinbase pauses staking in Texas"], "every")
    result = filters.apply([entry("WATCH: Coinbase pauses staking in Texas")])
    assert (result.counts, result.likes) == ({"words": 1}, ())


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_title_breaks_a_filter(text: str) -> None:
    for name in FILTERS:
        assert passes(name, text) in {True, False}


@pytest.mark.real_data
def test_most_real_headlines_pass_each_filter(real_corpora: Any) -> None:
    import csv

    with (real_corpora / "CryptoLin_IE.csv").open(encoding="utf-8") as stream:
        titles = [row["news"] for row in csv.DictReader(stream)][:500]
    shares = {name: sum(passes(name, title) for title in titles) / len(titles) for name in FILTERS}
    assert min(shares["english"], shares["words"]) > 0.97
    assert shares["verb"] > 0.9
