"""Three outlets tell one story: what counts, what is kept of the rest, whatever is killed; on both databases."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select

from barometer.live.crawl import crawl_feeds
from barometer.live.keep import Keeper
from barometer.live.parsing.parse import Entry
from barometer.live.records import ListedStory, StoryFilter
from barometer.live.score import Scorer, score_titles
from barometer.live.settings import Count, FeedAddress, FeedsSettings, FilterSettings, load_feeds
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.feeds import CrawlStore
from barometer.live.store.schema import news_titles, story_copies
from barometer.live.store.search import search_titles
from barometer.live.store.stories import find_stories, read_copies
from barometer.live.store.sums import window_sums
from barometer.live.summary import CrawlSummary

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = "Coinbase pauses staking in Texas"
LIKE = "JUST IN: Coinbase halts staking in Texas"
OTHER = "Ethereum falls after developers delay the upgrade"
Item = tuple[str, float]  # title, hours before NOW
Poll = Callable[..., CrawlSummary]


def rss(outlet: str, items: Sequence[Item]) -> bytes:
    rows = "".join(
        f"<item><title>{title}</title><link>https://{outlet}.example/{number}</link>"
        f"<pubDate>{format_datetime(NOW - hours * HOUR, usegmt=True)}</pubDate></item>"
        for number, (title, hours) in enumerate(items)
    )
    return f'<rss version="2.0"><channel><title>t</title>{rows}</channel></rss>'.encode()


def guess(texts: Sequence[str]) -> Any:
    return np.tile(np.array([0.2, 0.2, 0.6], np.float32), (len(texts), 1)), np.ones(len(texts), np.float32)


@pytest.fixture
def poll(server: Any, reply: Any, database: Engine) -> Poll:
    """Serve the items of outlets as feeds, crawl them in that order, and score what is new."""

    def run(**outlets: Sequence[Item]) -> CrawlSummary:
        for outlet, items in outlets.items():
            server.replies[f"/{outlet}"] = reply(rss(outlet, items))
        values = {
            "addresses": [{"url": server.url(f"/{outlet}"), "source": outlet} for outlet in outlets],
            "fetch": {"allow_hosts": ["127.0.0.1"], "concurrency": 1, "robots": False},
            "poll": {"interval_minutes": 0},
        }
        summary = crawl_feeds(FeedsSettings.model_validate(values), CrawlStore(database), clock=lambda: NOW)
        score_titles(database, Scorer("v", guess))
        return summary

    return run


def told(database: Engine, **wanted: Any) -> list[ListedStory]:
    with reading(database) as connection:
        return find_stories(connection, "v", StoryFilter(NOW - DAY, NOW + HOUR, **wanted))


def counted(database: Engine) -> int:
    with reading(database) as connection:
        return window_sums(connection, "v", NOW - 100 * DAY, NOW + 100 * DAY).count


def test_three_outlets_tell_one_story(poll: Poll, database: Engine) -> None:
    outlets: dict[str, Any] = {"a": [(FIRST, 1), (OTHER, 2)], "b": [(LIKE, 3)], "c": [(FIRST.upper(), 2)]}
    for _ in range(2):
        summary = poll(**outlets)
    [story, other] = told(database)
    assert (story.headline.title, story.headline.outlets) == (FIRST, 3)
    assert story.headline.first_seen == NOW - 3 * HOUR
    assert [(copy.title, copy.source, copy.url) for copy in story.copies] == [
        (LIKE, "b", "https://b.example/0"), (FIRST.upper(), "c", "https://c.example/0"),
    ]  # fmt: skip
    assert (other.headline.outlets, other.headline.first_seen, other.copies) == (1, NOW - 2 * HOUR, ())
    assert (summary.new, dict(summary.dropped), counted(database)) == (0, {"near_duplicate": 1}, 2)


def test_stories_are_sorted_and_filtered(poll: Poll, database: Engine) -> None:
    poll(a=[(OTHER, 1), (FIRST, 2), ("Tether supply grows 5% in a month", 3)], b=[(LIKE, 3)],
         c=[("Tether supply grew 5 per cent in a month", 4), (LIKE, 4)])  # fmt: skip
    assert [story.headline.outlets for story in told(database)] == [3, 2, 1]
    assert [story.headline.outlets for story in told(database, order="newest")] == [1, 3, 2]
    assert [story.headline.outlets for story in told(database, order="newest", min_outlets=2)] == [3, 2]
    assert [story.headline.title for story in told(database, coin="ETH")] == [OTHER]
    assert told(database, min_outlets=4) == told(database, coin="ETH", min_outlets=2) == []
    with reading(database) as connection:
        wanted = StoryFilter(NOW - 2.5 * HOUR, NOW)
        assert len(find_stories(connection, "v", wanted)) == 2
        assert [found.headline.outlets for found in find_stories(connection, "v", wanted, limit=1, offset=1)] == [1]
        [found] = search_titles(connection, "v", limit=1, offset=1)
        assert (found.title, found.outlets, found.first_seen) == (FIRST, 3, NOW - 4 * HOUR)


def keep(database: Engine, *, count: Count = "once", at: datetime = NOW, **outlets: Sequence[Item]) -> None:
    """Store the items of outlets in that order, as a crawl does once it has read them."""
    keeper = Keeper(FilterSettings(), CrawlStore(database), lambda: at, count)
    for outlet, items in outlets.items():
        entries = [
            Entry(title, f"https://{outlet}.example/{number}", NOW - hours * HOUR)
            for number, (title, hours) in enumerate(items)
        ]
        asyncio.run(keeper.keep(FeedAddress(url=f"https://{outlet}.example", source=outlet), entries))
    score_titles(database, Scorer("v", guess))


def test_every_copy_counts_on_request(database: Engine) -> None:
    outlets: dict[str, Any] = {"a": [(FIRST, 1)], "b": [(LIKE, 3)], "c": [(FIRST, 2), (f"WATCH: {FIRST}", 2)]}
    for _ in range(2):
        keep(database, count="every", **outlets)
        keep(database, count="every", d=[(LIKE, 1)])  # the same title counts once, of a copy, too
    [story] = told(database)
    assert (story.headline.title, story.headline.outlets, counted(database)) == (FIRST, 4, 3)
    assert sorted(copy.source for copy in story.copies) == ["b", "c", "c", "d"]


def test_an_edit_keeps_its_story(database: Engine) -> None:
    keep(database, a=[(FIRST, 1)], b=[(LIKE, 1)])
    keep(database, a=[("Coinbase pauses staking in Texas and Ohio for good", 1)], b=[(LIKE, 1)])
    [story] = told(database)
    assert story.headline.title.endswith("Ohio for good")
    assert [(copy.title, copy.source) for copy in story.copies] == [(LIKE, "b")]


def test_stores_of_before_learn_their_outlets(database: Engine) -> None:
    outlets: dict[str, Any] = {"a": [(FIRST, 1)], "b": [(FIRST, 1)]}
    keep(database, **outlets)
    with writing(database) as connection:
        connection.execute(delete(story_copies))
    keep(database, at=NOW + HOUR, **outlets)
    assert told(database)[0].headline.outlets == 1
    keep(database, at=NOW + 2 * DAY, **outlets)
    assert told(database)[0].headline.outlets == 2


def test_a_chatty_feed_is_listed_briefly(database: Engine) -> None:
    keep(database, a=[(FIRST, 1)], b=[(f"UPDATE {number}-{FIRST}", 1 + number / 100) for number in range(1, 80)])
    [story] = told(database)
    assert (story.headline.outlets, len(story.copies)) == (2, 50)
    with reading(database) as connection:
        assert len(read_copies(connection, [story.headline.title_id], most=100)[story.headline.title_id]) == 79


TITLES = (
    FIRST, LIKE, f"WATCH: {FIRST}", f"{FIRST} | Decrypt", OTHER, f"BREAKING: {OTHER}",
    "Strategy raises $1.5B for Bitcoin buys", "Strategy raises $1.5 billion for bitcoin buys",
    "Miners leave the country after a police raid",
)  # fmt: skip
POLLS = st.lists(
    st.tuples(st.sampled_from("abc"), st.lists(st.sampled_from(TITLES), min_size=1, max_size=5, unique=True)),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(polls=POLLS, restarts=st.sets(st.integers(0, 5)))
def test_every_title_is_in_one_story(sqlite_url: str, polls: list[tuple[str, list[str]]], restarts: set[int]) -> None:
    """Every title of every outlet is a headline or in exactly one story, and headlines are what they were without."""
    engine = open_engine(sqlite_url)
    with writing(engine) as connection:
        connection.execute(delete(news_titles))
    keeper = Keeper(FilterSettings(), CrawlStore(engine), lambda: NOW)
    for number, (outlet, titles) in enumerate(polls):
        if number in restarts:
            keeper = Keeper(FilterSettings(), CrawlStore(engine), lambda: NOW)
        entries = [Entry(title, f"https://{outlet}.example/{TITLES.index(title)}", NOW - HOUR) for title in titles]
        asyncio.run(keeper.keep(FeedAddress(url=f"https://{outlet}.example", source=outlet), entries))
    with reading(engine) as connection:
        headlines = {row.title: row.source for row in connection.execute(select(news_titles))}
        copies = [(row.title, row.source) for row in connection.execute(select(story_copies))]
    engine.dispose()
    given_titles = {(title, outlet) for outlet, titles in polls for title in titles}
    assert len(copies) == len(set(copies))
    assert {*headlines.items(), *copies} == given_titles
    assert not set(headlines.items()) & set(copies)
    # One headline for each story told, whatever the order.
    groups = (TITLES[:4], TITLES[4:6], TITLES[6:8], TITLES[8:])
    expected = sum(any(title in group for title, _ in given_titles) for group in groups)
    assert len(headlines) == expected


@pytest.mark.slow
def test_a_kill_parts_no_story(server: Any, reply: Any, store_url: str, database: Engine, tmp_path: Path) -> None:
    """Feed n has a headline of its own and a copy of one story: of a killed crawl both are stored, or neither."""
    answer, feeds, date = threading.Event(), 12, datetime.now(UTC)
    for n in range(feeds):
        title, copy = f"Bitcoin rises to record number {n} as traders of fund {n * n} cheer", f"UPDATE {n}-{FIRST}"
        body = rss(str(n), [(title, 0), (copy, 0)]).replace(
            format_datetime(NOW, usegmt=True).encode(), format_datetime(date, usegmt=True).encode()
        )
        late = n >= feeds // 2
        server.replies[f"/{n}"] = lambda _, body=body, late=late: (answer.wait(60) if late else None, reply(body))[1]
    conf = {
        "addresses": [{"url": server.url(f"/{n}"), "source": str(n)} for n in range(feeds)],
        "fetch": {"allow_hosts": ["127.0.0.1"], "robots": False, "per_host": 100, "timeout_seconds": 60},
        "poll": {"lease_seconds": 1},
        "filters": {"order": ["recent", "near_duplicate"]},
    }
    (tmp_path / "feeds.yaml").write_text(yaml.safe_dump(conf))
    program = [sys.executable, "-m", "barometer.cli.main", "crawl", "--config", str(tmp_path / "feeds.yaml")]
    environment = os.environ | {"BAROMETER_DATABASE_URL": store_url}

    def outlets() -> tuple[set[str], set[str]]:
        """The outlets of headlines but the story's, and those that told the story."""
        with reading(database) as connection:
            rows = connection.execute(select(news_titles.c.title, news_titles.c.source)).all()
            copies = connection.execute(select(story_copies.c.source)).scalars().all()
        story = [source for title, source in rows if FIRST in title]
        assert len(story) <= 1 and len(copies) == len(set(copies))
        return {source for title, source in rows if FIRST not in title}, {*copies, *story}

    with subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL) as crawl:
        while crawl.poll() is None and not outlets()[0]:
            time.sleep(0.02)
        crawl.kill()
    own, told_it = outlets()
    assert own == told_it and 0 < len(own) < feeds
    answer.set()
    crawl_feeds(load_feeds(tmp_path / "feeds.yaml"), CrawlStore(database))
    assert outlets() == ({str(n) for n in range(feeds)},) * 2
    with reading(database) as connection:
        assert connection.execute(select(func.count(story_copies.c.title_id.distinct()))).scalar_one() == 1
