"""Crawls feeds: asks those that are due, all at once, and stores what is news.

A run may be killed at any moment and started again. A feed's titles are stored before its validators are, so that
none is lost, and each feed's next poll is stored before it is asked, so that none is asked too often.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from barometer.coins import find_coins
from barometer.headline import headline_id
from barometer.live.addresses import Resolver
from barometer.live.backoff import after_failure, after_not_modified, after_success, claimed, is_due
from barometer.live.fetch import Answer, Fetcher, FetchError
from barometer.live.filters import Sieve, Sorted
from barometer.live.parse import Entry, ParsedFeed, ParseError
from barometer.live.parse_apart import parse_apart
from barometer.live.records import DroppedTitle, FeedState, FeedStatus, NewsTitle
from barometer.live.settings import FeedAddress, FeedsSettings
from barometer.live.summary import CrawlSummary, FeedReport, Outcome

Clock = Callable[[], datetime]
Progress = Callable[[FeedReport], None]
_OUT = {FeedStatus.RETIRED: Outcome.RETIRED, FeedStatus.PARKED: Outcome.PARKED}


class CrawlStore(Protocol):
    """What the crawler needs of a store; it calls from one thread, and each call is a transaction of its own."""

    def read_feeds(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        """Return the states that are known, by configured address."""

    def save_feeds(self, states: Iterable[FeedState]) -> None:
        """Remember states, in place of those before."""

    def claim_feed(self, state: FeedState, now: datetime) -> bool:
        """Remember when a feed is asked next, unless another run did and it is not due at `now`; return whether."""

    def save_titles(self, titles: Iterable[NewsTitle]) -> int:
        """Store headlines and return how many were new; a known one stays as it was."""

    def save_dropped(self, dropped: Iterable[DroppedTitle]) -> None:
        """Keep dropped titles for audit."""

    def recent_titles(self, since: datetime) -> Iterable[str]:
        """Return the titles published since then."""


def _now() -> datetime:
    return datetime.now(UTC)


def crawl_feeds(
    settings: FeedsSettings,
    store: CrawlStore,
    progress: Progress = lambda report: None,
    clock: Clock = _now,
    resolve: Resolver | None = None,
) -> CrawlSummary:
    """Crawl once, from code that is not asynchronous; see `crawl`."""
    return asyncio.run(crawl(settings, store, progress, clock, resolve))


async def crawl(
    settings: FeedsSettings,
    store: CrawlStore,
    progress: Progress = lambda report: None,
    clock: Clock = _now,
    resolve: Resolver | None = None,
) -> CrawlSummary:
    """Ask every feed that is due and store what is news.

    Args:
        settings: feeds and rules.
        store: remembers feeds, headlines and what was dropped.
        progress: called once for each feed, when its turn is over.
        clock: tells the time, in UTC.
        resolve: turns names into addresses; the machine's resolver by default.

    Raises:
        SettingsError: if the settings name a filter that is not there.
        Exception: what the store raises; no feed raises anything.
    """
    since = clock() - timedelta(days=settings.filters.near_duplicate_days)
    sieve = Sieve(settings.filters, clock(), store.recent_titles(since))
    states = store.read_feeds([feed.url for feed in settings.addresses])
    async with Fetcher(settings.fetch, resolve) as fetcher:
        run = _Run(settings, store, fetcher, sieve, clock)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(run.turn(feed, states.get(feed.url) or FeedState(feed.url), progress))
                for feed in settings.addresses
            ]
    return CrawlSummary(tuple(task.result() for task in tasks))


class _Run:
    """One crawl: what all turns share."""

    def __init__(
        self, settings: FeedsSettings, store: CrawlStore, fetcher: Fetcher, sieve: Sieve, clock: Clock
    ) -> None:
        self._settings = settings
        self._store = store
        self._fetcher = fetcher
        self._sieve = sieve
        self._clock = clock
        self._room = asyncio.Semaphore(settings.fetch.concurrency)
        self._sorting = asyncio.Lock()

    async def turn(self, feed: FeedAddress, state: FeedState, progress: Progress) -> FeedReport:
        """Give a feed its turn and report it."""
        if is_due(state, self._clock()):
            async with self._room:
                report = await self._ask(feed, state)
        else:
            report = _not_asked(feed, state)
        progress(report)
        return report

    async def _ask(self, feed: FeedAddress, state: FeedState) -> FeedReport:
        poll, now = self._settings.poll, self._clock()
        if not self._store.claim_feed(claimed(state, now, poll), now):
            return _not_asked(feed, state)
        try:
            answer, parsed = await self._fetch(state)
        except FetchError as error:
            return self._fail(feed, state, str(error), error.headers, error.status)
        except Exception as error:  # noqa: BLE001 - what one feed brings about must not cost the others their turn
            return self._fail(feed, state, f"{type(error).__name__}: {error}", {}, None)
        if parsed is None:
            self._store.save_feeds([after_not_modified(state, answer.headers, self._clock(), poll)])
            return FeedReport(feed.url, feed.name, Outcome.NOT_MODIFIED)
        report = await self._keep(feed, parsed)
        moved_to = answer.moved_to or state.moved_to
        self._store.save_feeds([after_success(state, answer.headers, moved_to, self._clock(), poll)])
        return report

    async def _fetch(self, state: FeedState) -> tuple[Answer, ParsedFeed | None]:
        answer = await self._fetcher.get(state.moved_to or state.url, state.etag, state.last_modified)
        if answer.status == 304:
            return answer, None
        most, seconds = self._settings.max_entries, self._settings.fetch.parse_seconds
        try:
            return answer, await parse_apart(answer.body, answer.headers, answer.url, self._clock(), most, seconds)
        except ParseError as error:
            raise FetchError(str(error)) from None

    def _fail(
        self, feed: FeedAddress, state: FeedState, reason: str, headers: Mapping[str, str], status: int | None
    ) -> FeedReport:
        after = after_failure(state, reason, headers, status, self._clock(), self._settings.poll)
        self._store.save_feeds([after])
        return FeedReport(feed.url, feed.name, _OUT.get(after.state, Outcome.FAILED), after.last_error or reason)

    async def _keep(self, feed: FeedAddress, parsed: ParsedFeed) -> FeedReport:
        async with self._sorting:  # one feed after the other, so that of two that say the same one is kept
            sorted_ = await asyncio.to_thread(self._sieve.sort, parsed.entries)
        now = self._clock()
        new = self._store.save_titles(news_titles(sorted_.kept, feed.name, now)) if sorted_.kept else 0
        if sorted_.dropped:
            self._store.save_dropped(dropped_titles(sorted_, feed.name, now))
        known = sorted_.known + len(sorted_.kept) - new
        counts = _odd(parsed)
        return FeedReport(feed.url, feed.name, Outcome.OK, "", parsed.seen, new, known, counts, sorted_.counts)


def _not_asked(feed: FeedAddress, state: FeedState) -> FeedReport:
    return FeedReport(feed.url, feed.name, _OUT.get(state.state, Outcome.WAITING), state.last_error or "")


def news_titles(entries: Iterable[Entry], source: str, now: datetime) -> list[NewsTitle]:
    """Entries of one source as headlines to store, with the coins they mention."""
    return [
        NewsTitle(
            headline_id(entry.title), entry.title, source, entry.url, entry.pub_time, now, find_coins(entry.title)
        )
        for entry in entries
    ]


def dropped_titles(sorted_: Sorted, source: str, now: datetime) -> list[DroppedTitle]:
    """Entries of one source that a filter dropped, to keep for audit."""
    return [DroppedTitle(entry.title, source, entry.url, reason, now) for entry, reason in sorted_.dropped]


def _odd(parsed: ParsedFeed) -> Counter[str]:
    counts = {
        "without title": parsed.without_title,
        "without date": parsed.without_date,
        "future date": parsed.future,
        "beyond limit": parsed.beyond,
    }
    return Counter({name: n for name, n in counts.items() if n})
