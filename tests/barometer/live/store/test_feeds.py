"""Feed states, and the crawler on a real database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from barometer.live.crawl import crawl_feeds
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import FeedsSettings
from barometer.live.store.engine import reading, writing
from barometer.live.store.feeds import CrawlStore, claim_feed, lease_feeds, read_feeds, save_feeds
from barometer.live.store.schema import dropped_titles, news_titles, title_coins
from barometer.live.summary import CrawlSummary, Outcome

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
FULL = FeedState(
    "https://example.org/feed", 'W/"é-1"', "Fri, 17 May 2024 08:30:00 GMT", NOW, 3, FeedStatus.PARKED, "timed out",
    "https://example.org/new", NOW - timedelta(hours=1), NOW - timedelta(days=3),
)  # fmt: skip


def test_states_come_back_unchanged(database: Engine) -> None:
    fresh = FeedState("https://example.com/rss")
    with writing(database) as connection:
        save_feeds(connection, [FULL, fresh])
        save_feeds(connection, [])
    with reading(database) as connection:
        assert read_feeds(connection) == {FULL.url: FULL, fresh.url: fresh}
        assert read_feeds(connection, [FULL.url, "https://unknown.example"]) == {FULL.url: FULL}
        assert read_feeds(connection, []) == {}


def test_new_state_replaces_the_whole_old(database: Engine) -> None:
    retired = FeedState(FULL.url, state=FeedStatus.RETIRED)
    with writing(database) as connection:
        save_feeds(connection, [FULL])
        save_feeds(connection, [replace(FULL, failures=4), retired])
        assert read_feeds(connection) == {FULL.url: retired}


def test_only_one_run_claims_a_feed(database: Engine) -> None:
    mine = FeedState(FULL.url, leased_until=NOW + timedelta(minutes=1))
    with writing(database) as connection:
        assert claim_feed(connection, mine, NOW)  # a feed that nobody knows
        assert not claim_feed(connection, mine, NOW + timedelta(seconds=59))
        assert claim_feed(connection, mine, NOW + timedelta(minutes=1))  # its reader is dead
        save_feeds(connection, [FULL])
        assert claim_feed(connection, mine, NOW)
        assert read_feeds(connection) == {FULL.url: replace(FULL, leased_until=mine.leased_until)}
        for gone in (FeedState(FULL.url, state=FeedStatus.RETIRED), replace(FULL, next_poll_at=NOW + timedelta(1))):
            save_feeds(connection, [gone])
            assert not claim_feed(connection, mine, NOW)


def test_leases_are_renewed_and_ended(database: Engine) -> None:
    other, later = FeedState("https://example.com/rss", leased_until=NOW), NOW + timedelta(minutes=2)
    with writing(database) as connection:
        save_feeds(connection, [FULL, other])
        lease_feeds(connection, [FULL.url], later)
        assert read_feeds(connection) == {FULL.url: replace(FULL, leased_until=later), other.url: other}
        lease_feeds(connection, [FULL.url, other.url], None)
        assert {state.leased_until for state in read_feeds(connection).values()} == {None}


def test_the_table_refuses_unknown_states(database: Engine) -> None:
    with pytest.raises(IntegrityError, match="ck_feeds_state"), writing(database) as connection:
        connection.execute(text("INSERT INTO feeds (url, failures, state) VALUES ('u', 0, 'asleep')"))


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


def test_crawled_titles_are_in_the_database(
    server: Any, reply: Any, make_rss: Any, crawl: Any, database: Engine, now: datetime
) -> None:
    server.replies["/feed"] = reply(make_rss(RISES, "Is it over?"), headers={"ETag": '"a"'})
    server.replies["/old"] = reply(status=301, headers={"Location": "/new"})
    server.replies["/new"] = reply(make_rss(RISES, FALLS))
    urls = [server.url("/feed"), server.url("/old")]
    first = crawl(*urls)
    assert (first.seen, first.new, first.known, first.dropped.total()) == (4, 2, 1, 1)
    stored = rows(database)
    assert {(title, fetched) for _, title, *_, fetched, _ in stored["news_titles"]} == {(RISES, now), (FALLS, now)}
    assert {coin for _, coin in stored["title_coins"]} == {"BTC", "ETH"}
    assert crawl(*urls, hours=0.5).count(Outcome.WAITING) == 2  # also after a restart
    later = crawl(*urls, hours=2)
    assert (later.new, later.known, len(server.asked("/old"))) == (0, 3, 1)  # the new address is remembered
    assert {name: rows(database)[name] for name in ("news_titles", "title_coins")} == {
        name: stored[name] for name in ("news_titles", "title_coins")
    }


def test_no_address_breaks_the_store(server: Any, reply: Any, make_rss: Any, crawl: Any, database: Engine) -> None:
    server.replies["/feed"] = reply(make_rss(RISES))
    odd = ["http://[half", "http://a.example:0x1/", "http://127.0.0.1:1/\x00", "http://127.0.0.1:1/\ud800"]
    odd += ["http://127.0.0.1:1/" + "y" * 5000, "http://127.0.0.1:1/" + "é" * 900]
    summary = crawl(*odd, server.url("/feed"))
    assert (summary.failed, summary.new) == (len(odd), 1)
    assert crawl(*odd, server.url("/feed"), hours=0.5).feeds[0].outcome is Outcome.FAILED  # said until it is mended
    with reading(database) as connection:
        assert "http://[half" not in read_feeds(connection)


def test_a_failing_store_fails_at_once(database: Engine) -> None:
    store = CrawlStore(database)
    with writing(database) as connection:
        connection.execute(text("ALTER TABLE feeds RENAME TO elsewhere"))
    with pytest.raises(SQLAlchemyError) as first:
        store.read_feeds(["u"])
    with writing(database) as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO feeds"))
    with pytest.raises(SQLAlchemyError) as again:
        store.claim_feed(FULL, NOW)
    assert again.value is first.value
    assert CrawlStore(database).claim_feed(FULL, FULL.next_poll_at or NOW)


def test_concurrent_runs_poll_once(server: Any, reply: Any, make_rss: Any, crawl: Any) -> None:
    server.replies["/feed"] = reply(make_rss(RISES), delay=0.3)
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(crawl, [server.url("/feed")] * 2))
    assert len(server.asked("/feed")) == 1
    assert sorted(run.feeds[0].outcome for run in runs) == [Outcome.OK, Outcome.WAITING]


def test_304_writes_only_the_next_poll(server: Any, reply: Any, make_rss: Any, crawl: Any, database: Engine) -> None:
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
