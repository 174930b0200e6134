import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import StatementError

from barometer.labels import Label
from barometer.live.annotation.labels import save_annotations
from barometer.live.records import Annotation, DroppedTitle, NewsTitle
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.schema import news_titles, title_coins
from barometer.live.store.search import newest_titles
from barometer.live.store.titles import (
    count_titles,
    delete_dropped,
    delete_titles,
    delete_titles_before,
    recent_titles,
    save_dropped,
    save_titles,
)

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
Make = Callable[..., NewsTitle]


def coins_of(engine: Engine) -> set[tuple[int, str]]:
    with reading(engine) as connection:
        return {(row.title_id, row.coin) for row in connection.execute(select(title_coins))}


def test_headline_of_two_feeds_is_one(database: Engine, make_title: Make) -> None:
    first = make_title("Bitcoin rises", NOW, {"BTC"})
    again = replace(first, source="another", pub_time=NOW - DAY, coins=frozenset({"BTC", "ETH"}))
    with writing(database) as connection:
        assert save_titles(connection, [first, make_title("Ether falls", NOW)]) == 2
        assert save_titles(connection, [again, again, make_title("Solana stops", NOW)]) == 1
        assert save_titles(connection, []) == 0
        assert count_titles(connection) == 3
        kept = connection.execute(select(news_titles).where(news_titles.c.title_id == first.title_id)).one()
    assert (kept.source, kept.pub_time, kept.fetched_at) == ("example", NOW, NOW)
    assert coins_of(database) == {(first.title_id, "BTC")}


def test_thousands_are_saved_in_one_go(database: Engine, make_title: Make) -> None:
    titles = [make_title(f"Headline {i}", NOW, {"BTC"} if i % 2 else ()) for i in range(5_000)]
    with writing(database) as connection:
        assert save_titles(connection, titles) == 5_000
        assert save_titles(connection, titles) == 0
    assert len(coins_of(database)) == 2_500


def test_unstorable_text_is_replaced(database: Engine, make_title: Make) -> None:
    odd = replace(make_title("Bitcoin rises", NOW), source="a\x00b", url="https://e.org/\ud800")
    with writing(database) as connection:
        save_titles(connection, [odd])
        row = connection.execute(select(news_titles)).one()
    assert (row.source, row.url) == ("a\ufffdb", "https://e.org/?")


def test_a_time_without_zone_stores_nothing(database: Engine, make_title: Make) -> None:
    naive = make_title("Ether falls", NOW.replace(tzinfo=None))
    with pytest.raises(StatementError, match="has no zone"), writing(database) as connection:
        save_titles(connection, [make_title("Bitcoin rises", NOW), naive])
    with reading(database) as connection:
        assert count_titles(connection) == 0


def test_concurrent_crawlers_make_no_duplicates(store_url: str, make_title: Make) -> None:
    titles = [make_title(f"Headline {i}", NOW, {"BTC"}) for i in range(300)]
    new: list[int] = []
    barrier = threading.Barrier(4)

    def crawl(mine: list[NewsTitle]) -> None:
        engine = open_engine(store_url)
        barrier.wait()
        for start in range(0, len(mine), 50):
            with writing(engine) as connection:
                new.append(save_titles(connection, mine[start : start + 50]))
        engine.dispose()

    orders = [titles, titles[::-1], titles[150:] + titles[:150], titles]
    threads = [threading.Thread(target=crawl, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new) == 300
    engine = open_engine(store_url)
    assert len(coins_of(engine)) == 300
    engine.dispose()


def test_recent_titles_are_newest_first(database: Engine, make_title: Make) -> None:
    with writing(database) as connection:
        save_titles(connection, [make_title(f"{age} days old", NOW - age * DAY) for age in (2, 0, 1, 3)])
        recent = recent_titles(connection, NOW - 2 * DAY)
        assert [stored.title for stored in recent] == ["0 days old", "1 days old", "2 days old"]


def test_deletion_cascades_but_spares_labelled_titles(database: Engine, save_scored: Callable[..., list[int]]) -> None:
    ids = save_scored(database, "v", [(NOW - age * DAY, 0.5, {"BTC"}) for age in range(4)])
    with writing(database) as connection:
        save_annotations(connection, [Annotation(ids[3], "ann", Label.NEUTRAL, NOW)])
        assert delete_titles_before(connection, NOW - DAY) == 1
        assert delete_titles(connection, [ids[0], ids[0], 12345]) == 1
        assert delete_titles(connection, []) == 0
        assert [title.title_id for title in newest_titles(connection, "v", 9)] == [ids[1], ids[3]]
    assert coins_of(database) == {(ids[1], "BTC"), (ids[3], "BTC")}


def test_dropped_titles_are_kept_seven_days(database: Engine, read_dropped: Callable[..., Any]) -> None:
    seen = DroppedTitle("Is it?", "example", "https://example.org", "question", NOW - 8 * DAY)
    other = replace(seen, reason="too_short", dropped_at=NOW - 6 * DAY)
    with writing(database) as connection:
        save_dropped(connection, [seen, other])
        save_dropped(connection, [seen])
        assert read_dropped(connection) == [other, seen]
        assert delete_dropped(connection, NOW) == 1
        assert read_dropped(connection) == [other]
        again = replace(other, dropped_at=NOW)
        save_dropped(connection, [again])
        assert delete_dropped(connection, NOW + 2 * DAY) == 0
        assert read_dropped(connection) == [again]
        save_dropped(connection, [])
