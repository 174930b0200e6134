"""The crawler on a real database."""

from pathlib import Path
from typing import Any

from barometer.live.crawl import CrawlStore, crawl_feeds
from barometer.live.crawl_store import EngineStore
from barometer.live.settings import FeedsSettings
from barometer.live.store.engine import open_engine
from barometer.live.store.upgrade import upgrade
from barometer.live.summary import Outcome


def test_what_is_crawled_is_in_the_database_and_found_again(
    server: Any, reply: Any, make_rss: Any, tmp_path: Path, now: Any
) -> None:
    from datetime import timedelta

    server.replies["/feed"] = reply(make_rss("Bitcoin rises to a record", "Is it over?"), headers={"ETag": '"a"'})
    server.replies["/old"] = reply(status=301, headers={"Location": "/new"})
    server.replies["/new"] = reply(make_rss("Bitcoin rises to a record", "Ether falls after the upgrade"))
    urls = [server.url("/feed"), server.url("/old")]
    settings = FeedsSettings.model_validate({"addresses": urls, "fetch": {"allow_hosts": ["127.0.0.1"]}})
    engine = open_engine(f"sqlite:///{tmp_path / 'news.db'}")
    upgrade(engine)
    store: CrawlStore = EngineStore(engine)
    first = crawl_feeds(settings, store, clock=lambda: now)
    assert (first.seen, first.new, first.known, first.dropped.total()) == (4, 2, 1, 1)
    again = crawl_feeds(settings, EngineStore(engine), clock=lambda: now + timedelta(minutes=30))
    assert again.count(Outcome.WAITING) == 2  # also after a restart
    server.replies["/feed"] = reply(status=304)
    later = crawl_feeds(settings, EngineStore(engine), clock=lambda: now + timedelta(hours=2))
    assert [feed.outcome for feed in later.feeds] == [Outcome.NOT_MODIFIED, Outcome.OK]
    assert (later.new, later.known) == (0, 2)
    assert len(server.asked("/old")) == 1  # the new address is remembered
    engine.dispose()
