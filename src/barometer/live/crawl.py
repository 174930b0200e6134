"""Crawls feeds: polls those that are due, concurrently, and stores the news.

A run may be killed at any moment and started again. A feed's titles are stored before its validators, so that none is
lost, and each feed's next poll is stored before its request, so that no feed is polled too often.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from barometer.live.addresses import Resolver
from barometer.live.backoff import after_failure, after_not_modified, after_success, claimed, is_due
from barometer.live.fetch import Answer, Fetcher, FetchError
from barometer.live.keep import Keeper
from barometer.live.parse import ParsedFeed, ParseError
from barometer.live.parser_pool import ParserPool
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import FeedAddress, FeedsSettings
from barometer.live.store.feeds import CrawlStore
from barometer.live.summary import CrawlSummary, FeedReport, Outcome

Clock = Callable[[], datetime]
Progress = Callable[[FeedReport], None]
_OUT = {FeedStatus.RETIRED: Outcome.RETIRED, FeedStatus.PARKED: Outcome.PARKED}


def _now() -> datetime:
    return datetime.now(UTC)


def crawl_feeds(
    settings: FeedsSettings,
    store: CrawlStore,
    progress: Progress = lambda report: None,
    clock: Clock = _now,
    resolve: Resolver | None = None,
) -> CrawlSummary:
    """Poll every feed that is due and store the news.

    Args:
        settings: feeds and rules.
        store: keeps feed states, headlines and dropped titles.
        progress: called once for each feed, when it is done.
        clock: returns the time in UTC.
        resolve: resolves host names; the system's resolver by default.

    Raises:
        SettingsError: if the settings name an unknown filter.
        Exception: from the store only; an error of a feed becomes its report.
    """
    return asyncio.run(_crawl(settings, store, progress, clock, resolve))


async def _crawl(
    settings: FeedsSettings, store: CrawlStore, progress: Progress, clock: Clock, resolve: Resolver | None
) -> CrawlSummary:
    keeper = Keeper(settings.filters, store, clock)
    states = store.read_feeds([feed.url for feed in settings.addresses])
    pool = ParserPool(settings.fetch.parse_seconds, settings.max_entries)
    async with Fetcher(settings.fetch, resolve) as fetcher, pool as parser:
        run = _Run(settings, store, fetcher, parser, keeper, clock)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(run.visit(feed, states.get(feed.url) or FeedState(feed.url), progress))
                for feed in settings.addresses
            ]
    return CrawlSummary(tuple(task.result() for task in tasks))


class _Run:
    """One crawl: the state that all polls share."""

    def __init__(
        self,
        settings: FeedsSettings,
        store: CrawlStore,
        fetcher: Fetcher,
        parser: ParserPool,
        keeper: Keeper,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._store = store
        self._fetcher = fetcher
        self._parser = parser
        self._keeper = keeper
        self._clock = clock
        self._room = asyncio.Semaphore(settings.fetch.concurrency)

    async def visit(self, feed: FeedAddress, state: FeedState, progress: Progress) -> FeedReport:
        """Poll a feed if it is due, and report the outcome."""
        if is_due(state, self._clock()):
            async with self._room:
                report = await self._poll(feed, state)
        else:
            report = _not_polled(feed, state)
        progress(report)
        return report

    async def _poll(self, feed: FeedAddress, state: FeedState) -> FeedReport:
        poll, now = self._settings.poll, self._clock()
        if not self._store.claim_feed(claimed(state, now, poll), now):
            return _not_polled(feed, state)
        try:
            answer, parsed = await self._fetch(state)
        except FetchError as error:
            return self._fail(feed, state, str(error), error.headers, error.status)
        except Exception as error:  # noqa: BLE001 - an error in one feed must not stop the others
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
        try:
            return answer, await self._parser.parse(answer.body, answer.headers, answer.url, self._clock())
        except ParseError as error:
            raise FetchError(str(error)) from None

    def _fail(
        self, feed: FeedAddress, state: FeedState, reason: str, headers: Mapping[str, str], status: int | None
    ) -> FeedReport:
        after = after_failure(state, reason, headers, status, self._clock(), self._settings.poll)
        self._store.save_feeds([after])
        return FeedReport(feed.url, feed.name, _OUT.get(after.state, Outcome.FAILED), after.last_error or reason)

    async def _keep(self, feed: FeedAddress, parsed: ParsedFeed) -> FeedReport:
        kept = await self._keeper.keep(feed, parsed.entries)
        return FeedReport(
            feed.url,
            feed.name,
            Outcome.OK,
            seen=parsed.seen,
            new=kept.new,
            edited=kept.edited,
            known=kept.known,
            counts=_odd(parsed),
            dropped=kept.dropped,
        )


def _not_polled(feed: FeedAddress, state: FeedState) -> FeedReport:
    return FeedReport(feed.url, feed.name, _OUT.get(state.state, Outcome.WAITING), state.last_error or "")


def _odd(parsed: ParsedFeed) -> Counter[str]:
    counts = {
        "without title": parsed.without_title,
        "without date": parsed.without_date,
        "future date": parsed.future,
        "dated ahead": parsed.ahead,
        "beyond limit": parsed.beyond,
    }
    return Counter({name: n for name, n in counts.items() if n})
