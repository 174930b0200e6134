"""Crawls feeds: polls those that are due, concurrently, and stores the news.

A run may be killed at any moment and started again. A feed's titles are stored before its validators, so that none is
lost. A feed is leased before its request, and the lease is renewed until it is read: so two crawls ask it once, and
what a killed one did not read is due as soon as its leases end.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from barometer.live.backoff import (
    after_failure,
    after_not_modified,
    after_success,
    claimed,
    is_due,
    is_held,
    validators,
)
from barometer.live.fetching.addresses import AddressRefusedError, Resolver, check_feed_url
from barometer.live.fetching.fetch import Answer, Fetcher, FetchError
from barometer.live.keep import Keeper
from barometer.live.parsing.parse import ParsedFeed, ParseError
from barometer.live.parsing.pool import ParserPool
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import FeedAddress, FeedsSettings
from barometer.live.store.feeds import CrawlStore
from barometer.live.summary import CrawlSummary, FeedReport, Outcome

Clock = Callable[[], datetime]
Progress = Callable[[FeedReport], None]
_LOOK_S = 1.0  # how often a crawl looks whether what others hold is read or free
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

    What another crawl holds is waited for, until it is read or the lease ends; if the lease is renewed, the other is
    alive, and the feed is reported as in progress.

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
    keeper = Keeper(settings.filters, store, clock, settings.stories.count)
    pool = ParserPool(settings.fetch.parse_seconds, settings.max_entries)
    async with Fetcher(settings.fetch, resolve) as fetcher, pool as parser:
        run = _Run(settings, store, fetcher, parser, keeper, clock)
        reports = await run.visit_all(settings.addresses, progress)
    return CrawlSummary(tuple(reports[feed.url] for feed in settings.addresses))


def _first(error: BaseException) -> BaseException:
    """The error that ended a group of tasks: the store's, since an error of a feed ends nothing."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


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
        self._held: set[str] = set()

    async def visit_all(self, feeds: Sequence[FeedAddress], progress: Progress) -> dict[str, FeedReport]:
        """Poll the feeds that are due, then once more those that another crawl held; reports by address."""
        async with self._leases():
            reports = await self._round(feeds, progress)
            held = [feed for feed in feeds if reports[feed.url].outcome is Outcome.IN_PROGRESS]
            if held:
                await self._others([feed.url for feed in held])
                reports |= await self._round(held, progress, last=True)
        return reports

    @asynccontextmanager
    async def _leases(self) -> AsyncIterator[None]:
        """Renew the leases of the feeds being read; on an interrupt end them, so that the next crawl need not wait."""
        renewal = asyncio.create_task(self._renew())
        try:
            yield
        except (asyncio.CancelledError, KeyboardInterrupt):
            with suppress(SQLAlchemyError):  # if the store is gone, the leases end by themselves
                self._store.lease_feeds(self._held, None)
            raise
        finally:
            renewal.cancel()

    async def _renew(self) -> None:
        lease = self._settings.poll.lease_seconds
        while True:
            await asyncio.sleep(lease / 4)
            if self._held:
                with suppress(SQLAlchemyError):  # the polls themselves report a store that fails
                    self._store.lease_feeds(self._held, self._clock() + timedelta(seconds=lease))

    async def _others(self, urls: list[str]) -> None:
        """Wait until other crawls have read these feeds, or the leases of dead ones have ended."""
        end = time.monotonic() + self._settings.poll.lease_seconds + _LOOK_S
        while any(is_held(state, self._clock()) for state in self._store.read_feeds(urls).values()):
            if time.monotonic() > end:
                return
            await asyncio.sleep(_LOOK_S)

    async def _round(
        self, feeds: Sequence[FeedAddress], progress: Progress, *, last: bool = False
    ) -> dict[str, FeedReport]:
        """Visit feeds concurrently; `progress` is told of those that are done."""
        states = self._store.read_feeds([feed.url for feed in feeds])

        async def visit(feed: FeedAddress) -> FeedReport:
            report = await self._visit(feed, states.get(feed.url) or FeedState(feed.url))
            if last or report.outcome is not Outcome.IN_PROGRESS:
                progress(report)
            return report

        try:
            async with asyncio.TaskGroup() as group:
                tasks = {feed.url: group.create_task(visit(feed)) for feed in feeds}
        except BaseExceptionGroup as error:
            raise _first(error) from None
        return {url: task.result() for url, task in tasks.items()}

    async def _visit(self, feed: FeedAddress, state: FeedState) -> FeedReport:
        """Poll a feed if it is due, and report the outcome; a broken address is reported without being stored."""
        try:
            check_feed_url(feed.url)
        except AddressRefusedError as error:
            return FeedReport(feed.url, feed.name, Outcome.FAILED, str(error))
        if not is_due(state, self._clock()):
            return _not_polled(feed, state)
        async with self._room:
            now = self._clock()
            if not self._store.claim_feed(claimed(state, now, self._settings.poll), now):
                return FeedReport(feed.url, feed.name, Outcome.IN_PROGRESS)
            self._held.add(feed.url)
            report = await self._poll(feed, state)
            self._held.discard(feed.url)
            return report

    async def _poll(self, feed: FeedAddress, state: FeedState) -> FeedReport:
        poll = self._settings.poll
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
        known = validators(state, self._clock(), self._settings.poll)
        answer = await self._fetcher.get(state.moved_to or state.url, *known)
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
    outcome = _OUT.get(state.state, Outcome.WAITING)
    return FeedReport(feed.url, feed.name, outcome, state.last_error or "", due=False)


def _odd(parsed: ParsedFeed) -> Counter[str]:
    counts = {
        "without title": parsed.without_title,
        "without date": parsed.without_date,
        "future date": parsed.future,
        "dated ahead": parsed.ahead,
        "beyond limit": parsed.beyond,
    }
    return Counter({name: n for name, n in counts.items() if n})
