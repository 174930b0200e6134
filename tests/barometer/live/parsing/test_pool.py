"""The pool against real workers: hostile feeds cost themselves their time, and nothing outlives the pool."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest

from barometer.live.parsing.parse import ParsedFeed, ParseError, parse_feed
from barometer.live.parsing.pool import ParserPool

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
URL = "https://example.org/feed"
# The forgiving parser scans to the end for each of them.
SLOW = b'<rss version="2.0"><channel><item>' + b"<a" * 120_000


def feed(number: int) -> bytes:
    item = f"<item><title>Gold rises {number}</title><link>/{number}</link><guid>{number}</guid>"
    date = "<pubDate>17 Aug 2026 08:00 GMT</pubDate></item><item><title>No date</title></item>"
    return f'<rss version="2.0"><channel>{item}{date}</channel></rss>'.encode()


async def parse(pool: ParserPool, body: bytes) -> ParsedFeed | str:
    """The feed, or why there is none."""
    try:
        return await pool.parse(body, {"content-type": "application/xml", "etag": "x"}, URL, NOW)
    except ParseError as error:
        return str(error)


def workers() -> set[int]:
    return {
        child.pid
        for child in psutil.Process().children(recursive=True)
        if child.is_running() and "barometer.live.parsing.worker" in child.cmdline()
    }


def test_workers_parse_as_the_function_does() -> None:
    async def run() -> list[ParsedFeed | str]:
        async with ParserPool(20.0) as pool:
            results = await asyncio.gather(*(parse(pool, feed(n)) for n in range(20)))
            assert 1 <= len(workers()) <= (os.cpu_count() or 1)
        return results

    expected = [parse_feed(feed(n), {"content-type": "application/xml"}, URL, NOW) for n in range(20)]
    assert asyncio.run(run()) == expected
    assert workers() == set()


def test_errors_are_told_and_cost_nothing() -> None:
    async def run() -> tuple[list[Any], set[int], set[int]]:
        async with ParserPool(20.0, workers=1) as pool:
            first = await parse(pool, feed(1))
            before = workers()
            return [first, await parse(pool, b"<html>"), await parse(pool, b"")], before, workers()

    (first, page, nothing), before, after = asyncio.run(run())
    assert isinstance(first, ParsedFeed)
    assert page.startswith("not a feed: HTML page")
    assert nothing == "not a feed: empty response"
    assert before == after


@pytest.mark.slow
def test_hostile_feeds_hold_up_no_other() -> None:
    async def run() -> tuple[list[Any], int]:
        async with ParserPool(4.0, workers=1) as pool:
            hostile = [asyncio.create_task(parse(pool, SLOW)) for _ in range(5)]
            good = await asyncio.gather(*(parse(pool, feed(n)) for n in range(20)))
            ended = sum(task.done() for task in hostile)
            return good + await asyncio.gather(*hostile), ended

    results, ended = asyncio.run(run())
    assert ended < 5  # the good ones were behind all five in the queue
    assert [result.entries[0].guid for result in results[:20]] == [str(n) for n in range(20)]
    assert results[20:] == ["parsing took longer than 4 s"] * 5


@pytest.mark.slow
def test_slow_feed_loses_its_worker() -> None:
    async def run() -> tuple[Any, Any]:
        async with ParserPool(1.0, workers=1) as pool:
            return await parse(pool, SLOW), await parse(pool, feed(1))

    slow, good = asyncio.run(run())
    assert (slow, good.entries[0].title) == ("parsing took longer than 1 s", "Gold rises 1")


def test_killed_worker_is_replaced() -> None:
    async def run() -> tuple[Any, Any]:
        async with ParserPool(20.0, workers=1) as pool:
            await parse(pool, feed(1))
            (victim,) = workers()
            os.kill(victim, signal.SIGKILL)
            return await parse(pool, feed(2)), await parse(pool, feed(3))

    died, good = asyncio.run(run())
    assert (died, good.entries[0].title) == ("the parser exited with status -9", "Gold rises 3")


def test_cancelled_parse_ends_its_worker() -> None:
    async def run() -> Any:
        async with ParserPool(20.0, workers=1) as pool:
            slow = asyncio.create_task(parse(pool, SLOW))
            await asyncio.sleep(0.7)
            slow.cancel()
            await asyncio.wait([slow])
            return await parse(pool, feed(1))

    assert asyncio.run(run()).entries[0].title == "Gold rises 1"
    assert workers() == set()


PARENT = """
import asyncio, sys
from datetime import UTC, datetime
from barometer.live.parsing.pool import ParserPool

async def run():
    async with ParserPool(1.0, workers=2) as pool:
        await pool.parse(b'<rss version="2.0"><channel/></rss>', {}, "", datetime.now(UTC))
        print("ready", flush=True)
        await pool.parse(b'<rss version="2.0"><channel><item>' + b"<a" * 120_000, {}, "", datetime.now(UTC))

asyncio.run(run())
"""


@pytest.mark.slow
def test_workers_end_with_a_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    time.sleep(0.3)
    children = psutil.Process(parent.pid).children()
    assert children
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(children, timeout=20)  # idle ones at once, a busy one by its own alarm
    assert alive == []
    parent.stdout.close()
