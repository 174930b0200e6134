"""The store as the crawler sees it: each call one short transaction of its own."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Engine

from barometer.live.records import DroppedTitle, FeedState, NewsTitle
from barometer.live.store import feeds, titles
from barometer.live.store.engine import reading, writing


class EngineStore:
    """A `barometer.live.crawl.CrawlStore` on a database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read_feeds(self, urls: Collection[str]) -> dict[str, FeedState]:
        """Return the states that are known, by configured address."""
        with reading(self._engine) as connection:
            return feeds.read_feeds(connection, urls)

    def save_feeds(self, states: Iterable[FeedState]) -> None:
        """Remember states, in place of those before."""
        with writing(self._engine) as connection:
            feeds.save_feeds(connection, states)

    def claim_feed(self, state: FeedState, now: datetime) -> bool:
        """Remember when a feed is asked next; return False where another run is asking it."""
        with writing(self._engine) as connection:
            return feeds.claim_feed(connection, state, now)

    def save_titles(self, news: Iterable[NewsTitle]) -> int:
        """Store headlines and return how many were new."""
        with writing(self._engine) as connection:
            return titles.save_titles(connection, news)

    def save_dropped(self, dropped: Iterable[DroppedTitle]) -> None:
        """Keep dropped titles for audit."""
        with writing(self._engine) as connection:
            titles.save_dropped(connection, dropped)

    def recent_titles(self, since: datetime) -> list[str]:
        """Return the titles published since then."""
        with reading(self._engine) as connection:
            return titles.recent_titles(connection, since)
