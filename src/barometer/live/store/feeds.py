"""Feed states between runs, and the store as the crawler sees it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Row, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from barometer.live.records import DroppedTitle, FeedState, FeedStatus, KnownEntry, StoredTitle
from barometer.live.store import entries, titles
from barometer.live.store.dialects import chunks, insert
from barometer.live.store.engine import reading, writing
from barometer.live.store.entries import News, Saved
from barometer.live.store.schema import feeds

_REMEMBERED = (
    "etag", "last_modified", "next_poll_at", "failures", "state", "last_error", "moved_to", "leased_until", "full_at"
)  # fmt: skip


def read_feeds(connection: Connection, urls: Collection[str] | None = None) -> dict[str, FeedState]:
    """The stored states of feeds by address: of `urls`, or of all."""
    rows = select(*(feeds.c[name] for name in ("url", *_REMEMBERED))).order_by(feeds.c.url)
    if urls is not None:
        rows = rows.where(feeds.c.url.in_(urls))
    return {row.url: _state(row) for row in connection.execute(rows)}


def _state(row: Row[*tuple[object, ...]]) -> FeedState:
    return FeedState(**{**row._mapping, "state": FeedStatus(row.state)})


def save_feeds(connection: Connection, states: Iterable[FeedState]) -> None:
    """Store states in place of earlier ones."""
    by_url = {state.url: state for state in states}
    rows = [_row(by_url[url]) for url in sorted(by_url)]
    if not rows:
        return
    statement = insert(connection, feeds)
    values = {name: statement.excluded[name] for name in _REMEMBERED}
    connection.execute(statement.on_conflict_do_update(index_elements=["url"], set_=values), rows)


def claim_feed(connection: Connection, state: FeedState, now: datetime) -> bool:
    """Store the lease of `state`, unless the feed is not due at `now` or another crawl holds it; return whether."""
    due = or_(feeds.c.next_poll_at.is_(None), feeds.c.next_poll_at <= now)
    free = or_(feeds.c.leased_until.is_(None), feeds.c.leased_until <= now)
    statement = insert(connection, feeds).values(_row(state))
    statement = statement.on_conflict_do_update(
        index_elements=["url"],
        set_={"leased_until": statement.excluded.leased_until},
        where=due & free & (feeds.c.state != FeedStatus.RETIRED.value),
    )
    return connection.execute(statement.returning(feeds.c.url)).first() is not None


def lease_feeds(connection: Connection, urls: Iterable[str], until: datetime | None) -> None:
    """Renew the leases of feeds until `until`, or end them with None."""
    for chunk in chunks(urls):
        connection.execute(update(feeds).where(feeds.c.url.in_(chunk)).values(leased_until=until))


def lock_feeds(connection: Connection, urls: Iterable[str]) -> dict[str, FeedState]:
    """The states of feeds by address, locked until the transaction ends; those never asked are stored as such first.

    No crawl claims one of them meanwhile.
    """
    ordered = sorted(set(urls))  # so that two callers cannot deadlock
    rows = [_row(FeedState(url)) for url in ordered]
    if rows:
        connection.execute(insert(connection, feeds).on_conflict_do_nothing(), rows)
    locked = select(feeds.c.url).where(feeds.c.url.in_(ordered)).order_by(feeds.c.url).with_for_update()
    connection.execute(locked).all()
    return read_feeds(connection, ordered)


def _row(state: FeedState) -> dict[str, object]:
    return {name: getattr(state, name) for name in ("url", *_REMEMBERED)} | {"state": state.state.value}


class CrawlStore:
    """The store as the crawler sees it, from one thread: each call is a transaction of its own.

    After one error every call raises it again at once: a hundred feeds must not wait for a locked file in turn.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._error: SQLAlchemyError | None = None

    @contextmanager
    def _once(self, connect: Callable[[Engine], AbstractContextManager[Connection]]) -> Iterator[Connection]:
        if self._error:
            raise self._error
        try:
            with connect(self._engine) as connection:
                yield connection
        except SQLAlchemyError as error:
            self._error = error
            raise

    def read_feeds(self, urls: Collection[str]) -> dict[str, FeedState]:
        """Return the stored states by configured address."""
        with self._once(reading) as connection:
            return read_feeds(connection, urls)

    def save_feeds(self, states: Iterable[FeedState]) -> None:
        """Store states in place of earlier ones."""
        with self._once(writing) as connection:
            save_feeds(connection, states)

    def claim_feed(self, state: FeedState, now: datetime) -> bool:
        """Store the lease of `state`; return False if the feed is not due any more or another crawl holds it."""
        with self._once(writing) as connection:
            return claim_feed(connection, state, now)

    def lease_feeds(self, urls: Iterable[str], until: datetime | None) -> None:
        """Renew the leases of feeds until `until`, or end them with None."""
        with self._once(writing) as connection:
            lease_feeds(connection, urls, until)

    def read_entries(self, entry_ids: Collection[int]) -> dict[int, KnownEntry]:
        """Return the stored entries of feeds by id."""
        with self._once(reading) as connection:
            return entries.read_entries(connection, entry_ids)

    def save_news(self, news: News, reach: timedelta) -> Saved:
        """Store the news of a poll; see `entries.save_news`."""
        with self._once(writing) as connection:
            return entries.save_news(connection, news, reach)

    def save_dropped(self, dropped: Iterable[DroppedTitle]) -> None:
        """Keep dropped titles for audit."""
        with self._once(writing) as connection:
            titles.save_dropped(connection, dropped)

    def recent_titles(self, since: datetime) -> list[StoredTitle]:
        """Return the titles published at or after `since`, newest first."""
        with self._once(reading) as connection:
            return titles.recent_titles(connection, since)
