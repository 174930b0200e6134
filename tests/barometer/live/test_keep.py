"""Which headlines count after several polls of feeds that edit, reuse and repeat, on both databases."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, func, select

from barometer.labels import Label
from barometer.live.annotation.labels import labelled_titles, save_annotations
from barometer.live.crawl import crawl_feeds
from barometer.live.records import Annotation
from barometer.live.refresh import Retention, clean_up
from barometer.live.score import Scorer, score_titles
from barometer.live.settings import FeedsSettings
from barometer.live.store.engine import reading, writing
from barometer.live.store.feeds import CrawlStore
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.schema import feed_entries, news_titles
from barometer.live.store.search import newest_titles
from barometer.live.store.sums import window_sums
from barometer.live.store.titles import count_titles
from barometer.live.summary import CrawlSummary

START = datetime(2026, 8, 17, 12, tzinfo=UTC)
DAY = timedelta(days=1)
Item = tuple[str, str, str, datetime]  # title, link, guid, date
Poll = Callable[..., CrawlSummary]


def rss(items: Sequence[Item]) -> bytes:
    rows = "".join(
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<pubDate>{date:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for title, link, guid, date in items
    )
    return f'<rss version="2.0"><channel><title>t</title>{rows}</channel></rss>'.encode()


@pytest.fixture
def poll(server: Any, reply: Any, database: Engine) -> Poll:
    """Serve items as a feed, crawl it at a moment, and score what is new."""

    def run(*items: Item, at: datetime = START, feed: str = "/feed") -> CrawlSummary:
        server.replies[feed] = reply(rss(items))
        settings = FeedsSettings.model_validate(
            {"addresses": [server.url(feed)], "fetch": {"allow_hosts": ["127.0.0.1"]}, "poll": {"interval_minutes": 0}}
        )
        summary = crawl_feeds(settings, CrawlStore(database), clock=lambda: at)
        score_titles(database, Scorer("v", guess))
        return summary

    return run


def guess(texts: Sequence[str]) -> Any:
    positive = np.array([0.9 if "gains" in text else 0.1 for text in texts], np.float32)
    return np.stack([1 - positive, 0 * positive, positive], 1), np.ones(len(texts), np.float32)


def shown(database: Engine) -> list[str]:
    with writing(database) as connection:
        titles = [found.title for found in newest_titles(connection, "v", 20, None)]
        counted = window_sums(connection, "v", START - 1000 * DAY, START + 1000 * DAY).count
        assert counted == len(titles) == count_titles(connection)
        assert rebuild_rollups(connection, "v") == 0
    return sorted(titles)


def item(title: str, number: int = 1, date: datetime = START, guid: str | None = None) -> Item:
    return title, f"https://wire.example/{number}", guid or f"g-{number}", date


def test_edited_title_counts_once(poll: Poll, database: Engine) -> None:
    permit = item("Miner gains a permit", 2)
    for comments in (2, 9, 40):
        summary = poll(item(f"Vault of a lending pool is emptied ({comments} comments)"), permit)
    assert shown(database) == ["Miner gains a permit", "Vault of a lending pool is emptied (40 comments)"]
    assert (summary.new, summary.edited, summary.known) == (0, 1, 1)


def test_reworded_title_is_scored_again(poll: Poll, database: Engine) -> None:
    poll(item("Founder promises to hold every coin"))
    poll(item("Price gains a half after the founder buys"), at=START + DAY / 2)
    with reading(database) as connection:
        (found,) = newest_titles(connection, "v", 5, None)
        assert window_sums(connection, "v", START, START + DAY).positive == pytest.approx(0.9)
    assert (found.predicted, found.pub_time) == (Label.POSITIVE, START)  # the time of publication stays


def test_edit_taken_back_counts_once(poll: Poll, database: Engine) -> None:
    for title in ("Bank opens a desk for custody", "Bank opens a large desk", "Bank opens a desk for custody"):
        poll(item(title))
    assert shown(database) == ["Bank opens a desk for custody"]


def test_reused_identifier_is_another_article(poll: Poll, database: Engine) -> None:
    poll(item("Court fines the largest broker", 1, START - 5 * DAY, guid="top"))
    summary = poll(item("Senate passes a bill on reserves", 2, guid="top"))
    assert (summary.new, summary.edited) == (1, 0)
    assert shown(database) == ["Court fines the largest broker", "Senate passes a bill on reserves"]


def test_title_returns_after_a_while(poll: Poll, database: Engine) -> None:
    wrap = "Weekly wrap of the digital asset markets"
    assert poll(item(wrap, 1)).new == 1
    assert poll(item(wrap, 2), at=START + 20 * DAY).new == 0
    assert poll(item(wrap, 3, START + 40 * DAY), at=START + 40 * DAY).new == 1
    assert poll(item(wrap, 3, START + 40 * DAY), item(wrap, 4, START + 40 * DAY), at=START + 41 * DAY).new == 0
    assert shown(database) == [wrap, wrap]


def test_edit_follows_the_returned_title(poll: Poll, database: Engine) -> None:
    wrap, times = "Weekly wrap of the digital asset markets", [START, START + 40 * DAY, START + 80 * DAY]
    for time in times:
        poll(item(wrap, date=time), at=time)
    assert poll(item("Funds leave the digital asset markets", date=times[-1]), at=times[-1]).edited == 1
    assert shown(database) == ["Funds leave the digital asset markets", wrap, wrap]
    with reading(database) as connection:
        found = newest_titles(connection, "v", 5, None)
    assert [(title.title, title.pub_time) for title in found][1:] == [(wrap, times[1]), (wrap, times[0])]


def test_two_outlets_share_an_edited_story(poll: Poll, database: Engine) -> None:
    first, second = "Exchange stops payouts for a week", "Exchange stops payouts and calls the police"
    for feed in ("/a", "/b"):
        poll(item(first), feed=feed)
    poll(item(second), feed="/a")
    poll(item(first), feed="/b")
    poll(item(first), feed="/c")
    assert shown(database) == [second]
    poll(item("Exchange under arrest, founder in court"), feed="/b")
    assert shown(database) == ["Exchange under arrest, founder in court"]


def test_dropped_edit_keeps_the_headline(poll: Poll, database: Engine) -> None:
    poll(item("Regulator warns the owners of tokens"))
    summary = poll(item("Gone"))
    assert (summary.edited, summary.dropped) == (0, {"words": 1})
    assert shown(database) == ["Regulator warns the owners of tokens"]


def test_label_stays_with_its_title(poll: Poll, database: Engine) -> None:
    poll(item("Broker cuts the fees for its clients"))
    with writing(database) as connection:
        (found,) = newest_titles(connection, "v", 5, None)
        save_annotations(connection, [Annotation(found.title_id, "ann", Label.POSITIVE, START)])
    poll(item("Broker raises the fees for its clients"))
    clean_up(database, Retention(), START + 100 * DAY)
    with reading(database) as connection:
        (labelled,) = labelled_titles(connection)
    assert labelled.title == "Broker cuts the fees for its clients"
    assert shown(database) == ["Broker raises the fees for its clients"]


def test_clean_up_forgets_old_edits(poll: Poll, database: Engine) -> None:
    for title in ("Pool pays its users back", "Pool pays its users back in full"):
        poll(item(title))
    done = clean_up(database, Retention(), START + 100 * DAY)
    with reading(database) as connection:
        left = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (news_titles, feed_entries)
        ]
    assert (done.edited, left) == (1, [1, 0])


def test_claimed_headline_may_be_edited(poll: Poll, database: Engine) -> None:
    poll(item("Dealer gains a licence in Oslo"))

    def edited_meanwhile(texts: Sequence[str]) -> Any:
        if "Dealer gains a licence in Oslo" in texts:
            poll(item("Dealer loses its licence in Oslo"))
        return guess(texts)

    score_titles(database, Scorer("w", edited_meanwhile))
    score_titles(database, Scorer("w", guess))
    with reading(database) as connection:
        assert [found.title for found in newest_titles(connection, "w", 5, None)] == [
            "Dealer loses its licence in Oslo"
        ]
        assert window_sums(connection, "w", START, START + DAY).count == 1
