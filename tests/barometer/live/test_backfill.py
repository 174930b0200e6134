from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from barometer.live.backfill import Backfill, OldTitle, backfill
from barometer.live.parse import Entry
from barometer.live.settings import FilterSettings
from barometer.live.store.engine import reading
from barometer.live.store.schema import title_coins
from barometer.live.store.titles import count_titles, dated_titles

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
START = datetime(2021, 1, 1, tzinfo=UTC)
ORDER = ("recent", "words", "not_question", "english", "verb", "near_duplicate")
RULES = FilterSettings(order=ORDER, min_words=3, near_duplicate_days=10)


def old(title: str, days: float, source: str = "archive") -> OldTitle:
    return OldTitle(Entry(title, "", START + timedelta(days=days)), source)


HISTORY = [
    old("Bitcoin jumps on strong demand from funds", 3),
    old("Ethereum falls as traders sell", 0, "other"),
    old("Bitcoin jumps on strong demand from large funds", 4, "other"),  # a near-duplicate
    old("Bitcoin jumps on very strong demand from funds", 400),  # the same, but other news by then
    old("Is Bitcoin about to jump again?", 1),
    old("Ethereum FALLS as traders sell", 900),
]


def test_history_passes_the_rules_of_the_crawl_whatever_its_age(
    database: Engine, read_dropped: Callable[..., Any]
) -> None:
    heard: list[int] = []
    done = backfill(database, RULES, HISTORY, NOW, heard.append)
    assert (done.new, done.known, dict(done.dropped)) == (3, 1, {"not_question": 1, "near_duplicate": 1})
    assert sum(heard) == len(HISTORY)
    with reading(database) as connection:
        stored = dated_titles(connection, START, NOW)
        coins = {coin for (coin,) in connection.execute(title_coins.select().with_only_columns(title_coins.c.coin))}
        dropped = {(drop.reason, drop.source) for drop in read_dropped(connection)}
    assert [title for _, title in stored] == [HISTORY[i].entry.title for i in (3, 0, 1)]
    assert coins == {"BTC", "ETH"}
    assert dropped == {("not_question", "archive"), ("near_duplicate", "other")}


def test_running_again_changes_nothing(database: Engine) -> None:
    backfill(database, RULES, HISTORY[:3], NOW)
    again = backfill(database, RULES, HISTORY[::-1], NOW)
    assert (again.new, again.known) == (1, 3)
    with reading(database) as connection:
        assert count_titles(connection) == 3


@pytest.mark.slow
def test_a_large_archive_is_stored_in_batches_and_every_row_is_counted(sqlite_url: str) -> None:
    from barometer.live.store.engine import open_engine

    engine = open_engine(sqlite_url)
    history = [old(f"Bitcoin rises to ${n + 1},000 on demand", n / 100) for n in range(2500)]
    heard: list[int] = []
    done = backfill(engine, RULES, history, NOW, heard.append)
    assert (done.new, sum(heard)) == (2500, 2500) and max(heard) <= 1000
    assert done.lines(2)[0].split() == ["rows", "2,502"]
    engine.dispose()


def test_an_empty_history_gives_an_empty_table() -> None:
    assert [line.split()[-1] for line in Backfill().lines(0)] == ["0", "0", "0", "0"]
