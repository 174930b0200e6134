"""The crawler on a real database, from feeds over HTTP to rows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from barometer.live.crawl import crawl_feeds
from barometer.live.settings import FeedsSettings
from barometer.live.store.engine import reading
from barometer.live.store.feeds import CrawlStore, read_feeds
from barometer.live.store.schema import dropped_titles, news_titles, title_coins
from barometer.live.summary import CrawlSummary, Outcome

RISES = "Bitcoin rises to a record"
FALLS = "Ether falls after the upgrade"


@pytest.fixture
def crawl(database: Engine, now: datetime) -> Any:
    """Crawl addresses into `database`, as a process does that has just started."""

    def run(*urls: str, hours: float = 0.0) -> CrawlSummary:
        values = {"addresses": list(urls), "fetch": {"allow_hosts": ["127.0.0.1"]}}
        settings = FeedsSettings.model_validate(values)
        return crawl_feeds(settings, CrawlStore(database), clock=lambda: now + timedelta(hours=hours))

    return run


def rows(database: Engine) -> dict[str, list[Any]]:
    with reading(database) as connection:
        tables = (news_titles, title_coins, dropped_titles)
        return {t.name: sorted(map(tuple, connection.execute(select(t)))) for t in tables}


def test_what_is_crawled_is_in_the_database_and_found_again(
    server: Any, reply: Any, make_rss: Any, crawl: Any, database: Engine, now: datetime
) -> None:
    server.replies["/feed"] = reply(make_rss(RISES, "Is it over?"), headers={"ETag": '"a"'})
    server.replies["/old"] = reply(status=301, headers={"Location": "/new"})
    server.replies["/new"] = reply(make_rss(RISES, FALLS))
    urls = [server.url("/feed"), server.url("/old")]
    first = crawl(*urls)
    assert (first.seen, first.new, first.known, first.dropped.total()) == (4, 2, 1, 1)
    stored = rows(database)
    assert {(title, fetched) for _, title, *_, fetched in stored["news_titles"]} == {(RISES, now), (FALLS, now)}
    assert {coin for _, coin in stored["title_coins"]} == {"BTC", "ETH"}
    assert crawl(*urls, hours=0.5).count(Outcome.WAITING) == 2  # also after a restart
    later = crawl(*urls, hours=2)
    assert (later.new, later.known, len(server.asked("/old"))) == (0, 3, 1)  # the new address is remembered
    assert {name: rows(database)[name] for name in ("news_titles", "title_coins")} == {
        name: stored[name] for name in ("news_titles", "title_coins")
    }


def test_two_runs_at_once_ask_a_feed_once(server: Any, reply: Any, make_rss: Any, crawl: Any) -> None:
    server.replies["/feed"] = reply(make_rss(RISES), delay=0.3)
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(crawl, [server.url("/feed")] * 2))
    assert len(server.asked("/feed")) == 1
    assert sorted(run.feeds[0].outcome for run in runs) == [Outcome.OK, Outcome.WAITING]


def test_304_writes_when_to_ask_again_and_nothing_else(
    server: Any, reply: Any, make_rss: Any, crawl: Any, database: Engine
) -> None:
    url = server.url("/feed")
    server.replies["/feed"] = reply(make_rss(RISES, "Is it over?"), headers={"ETag": '"a"'})
    crawl(url)
    stored = rows(database)
    with reading(database) as connection:
        before = read_feeds(connection)[url]
    server.replies["/feed"] = reply(status=304)
    assert crawl(url, hours=2).feeds[0].outcome is Outcome.NOT_MODIFIED
    assert server.asked("/feed")[1].headers["if-none-match"] == '"a"'
    assert rows(database) == stored
    with reading(database) as connection:
        after = read_feeds(connection)[url]
    assert before.next_poll_at is not None
    assert after == replace(before, next_poll_at=before.next_poll_at + timedelta(hours=2))
