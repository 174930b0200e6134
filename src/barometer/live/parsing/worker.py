"""A process that parses feeds, one after the other, and may be killed: `python -m barometer.live.parsing.worker`.

It reads questions from standard input and writes answers to standard output. A message is its length in bytes, in 4
bytes, the first the highest, and then its bytes. An answer is JSON; a question is a message of JSON and one with the
bytes of the feed. The first answer, `{}`, says that the worker is ready. The end of the input ends it.
"""

import json
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any

from barometer.live.parsing.parse import Entry, ParsedFeed, ParseError, parse_feed

LENGTH_BYTES = 4
_MEMORY_BYTES = 2 * 1024**3
# How much later than its parent a worker ends itself, if the parent cannot.
_GRACE_SECONDS = 1.0
_LONGEST_REASON = 500


def pack(message: bytes) -> bytes:
    """Return a message with its length in front."""
    return len(message).to_bytes(LENGTH_BYTES, "big") + message


def question(
    body: bytes, headers: Mapping[str, str], url: str, now: datetime, max_entries: int, seconds: float
) -> bytes:
    """Return what a worker is sent to parse a feed as `parse_feed` does, and to end itself after some more seconds."""
    task = {
        "headers": {name: headers[name] for name in ("content-type",) if name in headers},
        "url": url,
        "now": now.isoformat(),
        "max_entries": max_entries,
        "seconds": seconds,
    }
    return pack(json.dumps(task).encode()) + pack(body)


def read_answer(answer: bytes) -> ParsedFeed:
    """Return the feed that a worker has parsed.

    Raises:
        ParseError: with the reason, if it could not.
    """
    values: dict[str, Any] = json.loads(answer)
    if "error" in values:
        raise ParseError(values["error"])
    entries = [
        Entry(row["title"], row["url"], datetime.fromisoformat(row["pub_time"]), row["guid"])
        for row in values.pop("entries")
    ]
    return ParsedFeed(tuple(entries), **values)


def main() -> None:
    """Parse feeds until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    with suppress(BrokenPipeError, EOFError):  # the parent has gone
        _answer(answers, {})
        while True:
            task = json.loads(_read(source))
            _answer(answers, _parse(task, _read(source)))


def _parse(task: dict[str, Any], body: bytes) -> dict[str, Any]:
    # An alarm ends the process even inside a regular expression, where no Python code runs.
    signal.setitimer(signal.ITIMER_REAL, task["seconds"] + _GRACE_SECONDS)
    try:
        feed = parse_feed(body, task["headers"], task["url"], datetime.fromisoformat(task["now"]), task["max_entries"])
    except ParseError as error:
        return {"error": str(error)[:_LONGEST_REASON]}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return asdict(feed)


def _read(source: IO[bytes]) -> bytes:
    size = int.from_bytes(_read_exactly(source, LENGTH_BYTES), "big")
    return _read_exactly(source, size)


def _read_exactly(source: IO[bytes], size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _answer(answers: IO[bytes], values: dict[str, Any]) -> None:
    answers.write(pack(json.dumps(values, default=datetime.isoformat).encode()))
    answers.flush()


if __name__ == "__main__":
    main()
