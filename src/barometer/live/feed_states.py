"""What an operator does with feeds that the store remembers: list them, revive those that are out, drop some."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from barometer.live.fetching.addresses import AddressRefusedError, check_feed_url
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import FeedsSettings
from barometer.live.store.feeds import lock_feeds, read_feeds, save_feeds

BY_HAND = "dropped by hand"


class FeedChoiceError(ValueError):
    """A feed is unknown, or a crawl is reading it; the message names it."""


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """What is known of a feed, and whether the configuration lists it; one that was never asked is active."""

    state: FeedState
    configured: bool


def list_feeds(connection: Connection, settings: FeedsSettings, only: FeedStatus | None = None) -> list[ListedFeed]:
    """The feeds of the configuration, in its order, then those that only the store knows; of one state, if given."""
    stored = read_feeds(connection)
    configured = dict.fromkeys(feed.url for feed in settings.addresses)
    listed = [ListedFeed(stored.get(url) or FeedState(url), url in configured) for url in configured | stored]
    return [feed for feed in listed if only in {None, feed.state.state}]


def revive_feeds(connection: Connection, settings: FeedsSettings, urls: Collection[str], now: datetime) -> list[str]:
    """Make parked and retired feeds active, due at `now` and without failures; the next crawl asks them in full.

    An active feed stays as it is: neither its wait nor what its server asked for is cut short.

    Args:
        connection: in a write transaction.
        settings: the feeds that are known besides the stored ones.
        urls: addresses as configured.
        now: in UTC.

    Returns:
        A line for each feed.

    Raises:
        FeedChoiceError: if a feed is unknown or a crawl is reading it; nothing has changed.
    """
    states = _chosen(connection, settings, urls, now)
    out = [state for state in states if state.state is not FeedStatus.ACTIVE]
    save_feeds(connection, [FeedState(state.url, next_poll_at=now) for state in out])
    return [
        f"active already: {state.url}" if state.state is FeedStatus.ACTIVE else f"revived: {state.url}"
        for state in states
    ]


def drop_feeds(connection: Connection, settings: FeedsSettings, urls: Collection[str], now: datetime) -> list[str]:
    """Retire feeds, so that no crawl asks them though the configuration may list them; their headlines stay.

    Arguments, lines and errors are those of `revive_feeds`.
    """
    states = _chosen(connection, settings, urls, now)
    kept = [state for state in states if state.state is not FeedStatus.RETIRED]
    save_feeds(connection, [FeedState(state.url, state=FeedStatus.RETIRED, last_error=BY_HAND) for state in kept])
    return [
        f"retired already: {state.url}" if state.state is FeedStatus.RETIRED else f"dropped: {state.url}"
        for state in states
    ]


def _chosen(connection: Connection, settings: FeedsSettings, urls: Collection[str], now: datetime) -> list[FeedState]:
    """The states of feeds, locked against crawls until the transaction ends."""
    wanted = list(dict.fromkeys(urls))
    configured = {feed.url for feed in settings.addresses}
    stored = read_feeds(connection, wanted)
    if unknown := [url for url in wanted if url not in configured and url not in stored]:
        raise FeedChoiceError(f"unknown feed {_named(unknown)}; `barometer feeds list` shows those there are")
    for url in wanted:
        if url not in stored:
            _check(url)
    states = lock_feeds(connection, wanted)
    for url, state in states.items():
        # Its crawl will store what it found in place of any change made meanwhile.
        if state.leased_until and state.leased_until > now:
            raise FeedChoiceError(f"a crawl is reading {url!r}; try again after {state.leased_until:%H:%M:%S} UTC")
    return [states[url] for url in wanted]


def _check(url: str) -> None:
    """Refuse an address that no crawl asks, as the store may not be able to keep it."""
    try:
        check_feed_url(url)
    except AddressRefusedError as error:
        raise FeedChoiceError(str(error)) from None


def _named(urls: Sequence[str]) -> str:
    return ", ".join(map(repr, urls))
