"""Parses feeds without blocking the others: small ones in a thread, large ones in a process that can be killed.

`python -m barometer.live.parse_worker` is that process: a line of JSON and the feed's bytes on standard input, a
line of JSON on standard output.
"""

import asyncio
import json
import resource
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from barometer.live.parse import Entry, ParsedFeed, ParseError, parse_feed

# Below this size even hostile input takes only a few seconds.
SMALL_BYTES = 256 * 1024
_MEMORY_BYTES = 2 * 1024**3


async def parse_isolated(
    body: bytes, headers: Mapping[str, str], url: str, now: datetime, max_entries: int, seconds: float
) -> ParsedFeed:
    """Parse a feed as `parse_feed` does, without blocking the event loop.

    Raises:
        ParseError: as `parse_feed` does, or if a large feed takes more than `seconds` or 2 GiB of memory.
    """
    if len(body) <= SMALL_BYTES:
        return await asyncio.to_thread(parse_feed, body, headers, url, now, max_entries)
    task = {
        "headers": {name: headers[name] for name in ("content-type",) if name in headers},
        "url": url,
        "now": now.isoformat(),
        "max_entries": max_entries,
    }
    return _decode(await _parse_in_process(json.dumps(task).encode() + b"\n" + body, seconds))


async def _parse_in_process(question: bytes, seconds: float) -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await process.communicate(question)
    except TimeoutError:
        raise ParseError(f"parsing took longer than {seconds:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ParseError(f"the parser exited with status {process.returncode}")
    return answer


def _decode(answer: bytes) -> ParsedFeed:
    values: dict[str, Any] = json.loads(answer)
    if "error" in values:
        raise ParseError(values["error"])
    entries = [
        Entry(row["title"], row["url"], datetime.fromisoformat(row["pub_time"]), row["guid"])
        for row in values.pop("entries")
    ]
    return ParsedFeed(tuple(entries), **values)


def main() -> None:
    """Parse the feed on standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    task = json.loads(sys.stdin.buffer.readline())
    body = sys.stdin.buffer.read()
    try:
        feed = parse_feed(body, task["headers"], task["url"], datetime.fromisoformat(task["now"]), task["max_entries"])
        answer = asdict(feed)
    except ParseError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer, default=datetime.isoformat))


if __name__ == "__main__":
    main()
