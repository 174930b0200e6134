"""Checks every configured feed once, whatever the store remembers: alive, dead, stale or moved."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from barometer.live.addresses import Resolver
from barometer.live.fetch import Fetcher, FetchError
from barometer.live.parse import ParseError
from barometer.live.parser_pool import ParserPool
from barometer.live.settings import FeedAddress, FeedsSettings


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """A feed's health: how many entries it has and when the newest was published (UTC), or why there are none."""

    url: str
    entries: int = 0
    newest: datetime | None = None
    moved_to: str | None = None
    problem: str = ""


def check_feeds(settings: FeedsSettings, resolve: Resolver | None = None) -> list[FeedCheck]:
    """Fetch and parse every feed, concurrently, and store nothing; results in the configured order."""
    return asyncio.run(_check_all(settings, resolve))


async def _check_all(settings: FeedsSettings, resolve: Resolver | None) -> list[FeedCheck]:
    room = asyncio.Semaphore(settings.fetch.concurrency)

    async def check(feed: FeedAddress) -> FeedCheck:
        async with room:
            return await _check(feed, fetcher, parser)

    pool = ParserPool(settings.fetch.parse_seconds, settings.max_entries)
    async with Fetcher(settings.fetch, resolve) as fetcher, pool as parser:
        return list(await asyncio.gather(*(check(feed) for feed in settings.addresses)))


async def _check(feed: FeedAddress, fetcher: Fetcher, parser: ParserPool) -> FeedCheck:
    now = datetime.now(UTC)
    try:
        answer = await fetcher.get(feed.url)
        parsed = await parser.parse(answer.body, answer.headers, answer.url, now)
    except (FetchError, ParseError) as error:
        return FeedCheck(feed.url, problem=str(error))
    except Exception as error:  # noqa: BLE001 - an error in one feed must not stop the others
        return FeedCheck(feed.url, problem=f"{type(error).__name__}: {error}")
    newest = max((entry.pub_time for entry in parsed.entries), default=None)
    problem = "" if parsed.entries else "no entry with title and date"
    return FeedCheck(feed.url, parsed.seen, newest, answer.moved_to, problem)


def check_lines(checks: list[FeedCheck], now: datetime, stale_days: float = 30) -> list[str]:
    """Return a line for each feed that is dead, stale or moved, and a line of totals."""
    lines = [f"dead   {check.url}: {check.problem}" for check in checks if check.problem]
    stale = [check for check in checks if check.newest and (now - check.newest).total_seconds() > stale_days * 86400]
    lines += [f"stale  {check.url}: newest entry {check.newest:%Y-%m-%d}" for check in stale]
    lines += [
        f"moved  {check.url}: now at {check.moved_to}" for check in checks if check.moved_to and not check.problem
    ]
    dead = sum(bool(check.problem) for check in checks)
    return [*lines, f"{len(checks)} feeds: {len(checks) - dead} alive, {dead} dead, {len(stale)} stale"]
