from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from barometer.headline import normalise_title
from barometer.labels import Label
from barometer.live.records import NewsTitle, Prediction, TitleFilter
from barometer.live.store import search
from barometer.live.store import words as words_module
from barometer.live.store.engine import reading, writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.schema import news_titles, rollups
from barometer.live.store.search import search_titles
from barometer.live.store.titles import save_titles

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PROBABILITIES = {Label.NEGATIVE: (0.7, 0.2, 0.1), Label.NEUTRAL: (0.2, 0.7, 0.1), Label.POSITIVE: (0.1, 0.2, 0.7)}
MakeTitle = Callable[..., NewsTitle]


@dataclass(frozen=True)
class Scored:
    title: NewsTitle
    predicted: Label
    counted: bool


words = st.sampled_from(
    ["Bitcoin", "BITCOIN", "up 5%", "50", "a_b", "axb", "c/d", "\\", "\u00c9ther", "\u00e9ther", "'; --", "%", "\u0130",
     'a"b"c', "\u6bd4\u7279\u5e01\u4e0a\u6da8"]
)  # fmt: skip
parts = st.sampled_from(["itcoi", "BITCOIN up", "ther", "5% coin", "xb c", "\u00c9TH", "bit bit", 'a"b', "t1 coin"])
texts = words | parts | st.text(max_size=6) | st.just("")
rows_ = st.lists(
    st.tuples(
        st.lists(words | st.text("aB%_/ ", max_size=4), min_size=1, max_size=3).map(" ".join),
        st.integers(0, 60),  # hours ago; few enough that some are published at the same moment
        st.sampled_from(Label),
        st.sets(st.sampled_from(["BTC", "ETH"])),
        st.booleans(),  # whether it counts as news
        st.sampled_from(["Daily", "Post"]),
    ),
    max_size=12,
)
Row = tuple[str, int, Label, set[str], bool, str]


def save(database: Engine, make_title: MakeTitle, rows: list[Row]) -> list[Scored]:
    """Store headlines in place of those there were."""
    normal = {normalise_title(f"{text} t{i}"): row for i, (text, *row) in enumerate(rows)}
    scored = [
        Scored(replace(make_title(text, NOW - hours * HOUR, coins), source=outlet), predicted, counted)
        for text, (hours, predicted, coins, counted, outlet) in normal.items()
    ]
    with writing(database) as connection:
        connection.execute(delete(rollups))
        connection.execute(delete(news_titles))
        save_titles(connection, [found.title for found in scored])
        scores = [
            Prediction(found.title.title_id, PROBABILITIES[found.predicted], counted=found.counted) for found in scored
        ]
        save_predictions(connection, "v", scores, NOW)
    return scored


def lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def brute_force(rows: list[Scored], wanted: TitleFilter) -> list[int]:
    found = [
        row.title
        for row in rows
        if (row.counted or wanted.include_not_news)
        and (wanted.predicted is None or row.predicted == wanted.predicted)
        and (wanted.coin is None or wanted.coin in row.title.coins)
        and (wanted.outlet is None or wanted.outlet == row.title.source)
        and (wanted.since is None or row.title.pub_time >= wanted.since)
        and all(lower(word) in lower(row.title.title) for word in normalise_title(wanted.text).split())
    ]
    return [title.title_id for title in sorted(found, key=lambda title: (NOW - title.pub_time, title.title_id))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=rows_,
    predicted=st.none() | st.sampled_from(Label),
    coin=st.none() | st.sampled_from(["BTC", "ETH", "SOL"]),
    outlet=st.none() | st.sampled_from(["Daily", "Post", "Nowhere"]),
    text=texts,
    since=st.none() | st.integers(0, 60).map(lambda hours: NOW - hours * HOUR),
    include_not_news=st.booleans(),
    limit=st.integers(1, 12),
    offset=st.integers(0, 6),
    few_hours=st.sampled_from([2, 100]),
    newest=st.sampled_from([1, 3, 1000]),
    cost=st.sampled_from([0, 4, 1000]),
)
def test_search_equals_a_full_scan(
    database: Engine,
    make_title: MakeTitle,
    rows: list[Row],
    predicted: Label | None,
    coin: str | None,
    outlet: str | None,
    text: str,
    since: datetime | None,
    include_not_news: bool,
    limit: int,
    offset: int,
    few_hours: int,
    newest: int,
    cost: int,
) -> None:
    scored = save(database, make_title, rows)
    ways = patch.multiple(words_module, NEWEST=newest, COST=cost, MATCHES=(1, 2))
    with reading(database) as connection, patch.object(search, "FEW_HOURS", few_hours), ways:
        wanted = TitleFilter(predicted, coin, text, since, include_not_news, outlet)
        found = search_titles(connection, "v", wanted, limit=limit, offset=offset)
        assert search_titles(connection, "another", TitleFilter(coin=coin, text=text)) == []
    expected = brute_force(scored, wanted)
    assert [title.title_id for title in found] == expected[offset : offset + limit]
    coins = {row.title.title_id: (tuple(sorted(row.title.coins)), row.counted) for row in scored}
    assert [(title.coins, title.counted) for title in found] == [coins[title.title_id] for title in found]


TITLES = ["Up 5% now", "Up 50 now", "a_b coin", "axb coin", "c/d COIN", "\u00c9ther coin", "R&D at the exchange"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5%", {0}), ("a_b", {2}), ("/", {4}), ("%", {0}), ("_", {2}), ("\\", set()), ("COIN", {2, 3, 4, 5}),
        ("now UP", {0, 1}), ("up coin", set()), ("\u00c9", {5}), ("\u00e9", set()),
        ("E\u0301ther", {5}), ("r&amp;d", {6}), ("up\0\u200bnow", {0, 1}), ("  ", set(range(7))), ("\ud800", set()),
    ],
)  # fmt: skip
def test_text_is_plain_words(database: Engine, make_title: MakeTitle, text: str, expected: set[int]) -> None:
    titles = [make_title(title, NOW) for title in TITLES]
    with writing(database) as connection:
        save_titles(connection, titles)
        save_predictions(connection, "v", [Prediction(title.title_id, (0.1, 0.2, 0.7)) for title in titles], NOW)
        found = {title.title for title in search_titles(connection, "v", TitleFilter(text=text))}
    assert found == {TITLES[i] for i in expected}


def test_short_words_are_searched_in_newest(
    database: Engine, make_title: MakeTitle, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(database, make_title, [("Bitcoin", hours, Label.NEUTRAL, {"BTC"}, True, "Daily") for hours in range(5)])
    monkeypatch.setattr(words_module, "SEARCHED", 3)
    with reading(database) as connection:
        assert len(search_titles(connection, "v", TitleFilter(text="bi co"))) == 3
        assert len(search_titles(connection, "v", TitleFilter(text="bi coi"))) == 5
        assert len(search_titles(connection, "v")) == 5
