"""Checks every configured feed, whatever the store remembers: alive, dead, stale, moved, or stuck on 304."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from barometer.live.backoff import http_date
from barometer.live.fetching.addresses import Resolver
from barometer.live.fetching.fetch import Answer, Fetcher, FetchError
from barometer.live.parsing.parse import ParseError
from barometer.live.parsing.pool import ParserPool
from barometer.live.settings import FeedAddress, FeedsSettings

# Validators that no server gave: it must answer them in full (RFC 9110, sections 13.1.2 and 13.1.3).
_FOREIGN_ETAG = '"none-of-yours"'
_LONG_AGO = "Thu, 01 Jan 1970 00:00:01 GMT"
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """A feed's health: how many entries it has and when the newest was published (UTC), or why there are none.

    `stuck` is why its server may answer 304 although the feed has changed; empty where nothing says so.
    """

    url: str
    entries: int = 0
    newest: datetime | None = None
    moved_to: str | None = None
    problem: str = ""
    stuck: str = ""


def check_feeds(settings: FeedsSettings, resolve: Resolver | None = None) -> list[FeedCheck]:
    """Fetch and parse every feed, concurrently, and store nothing; results in the configured order.

    A feed with validators is asked a second time, with others that it never gave.
    """
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
    return FeedCheck(feed.url, parsed.seen, newest, answer.moved_to, problem, await _stuck(answer, fetcher, now))


async def _stuck(answer: Answer, fetcher: Fetcher, now: datetime) -> str:
    """Why the validators of an answer cannot be trusted; empty if nothing speaks against them."""
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    if answer.url.startswith("file:") or not (etag or modified):
        return ""
    try:
        again = await fetcher.get(answer.url, etag and _FOREIGN_ETAG, modified and _LONG_AGO)
    except FetchError:
        return ""  # it has just answered
    if again.status == 304:
        return "answers 304 to validators that it never gave"
    moment = http_date(modified or "")
    return f"Last-Modified is in the future: {modified}" if moment and moment > now + _AHEAD else ""


def check_lines(checks: list[FeedCheck], now: datetime, stale_days: float = 30) -> list[str]:
    """Return a line for each feed that is dead, stale, moved or has stale validators, and a line of totals."""
    lines = [f"dead   {check.url}: {check.problem}" for check in checks if check.problem]
    stale = [check for check in checks if check.newest and (now - check.newest).total_seconds() > stale_days * 86400]
    lines += [f"stale  {check.url}: newest entry {check.newest:%Y-%m-%d}" for check in stale]
    lines += [
        f"moved  {check.url}: now at {check.moved_to}" for check in checks if check.moved_to and not check.problem
    ]
    stuck = [check for check in checks if check.stuck]
    lines += [f"stuck  {check.url}: stale validators: {check.stuck}" for check in stuck]
    dead = sum(bool(check.problem) for check in checks)
    total = f"{len(checks)} feeds: {len(checks) - dead} alive, {dead} dead, {len(stale)} stale"
    return [*lines, total + (f", {len(stuck)} stuck" if stuck else "")]
