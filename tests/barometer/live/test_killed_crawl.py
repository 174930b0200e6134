"""Crawls in real processes that are killed, interrupted, or run at once, on both databases."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, func, select

from barometer.live.store.engine import reading
from barometer.live.store.feeds import read_feeds
from barometer.live.store.schema import news_titles, runs

pytestmark = pytest.mark.slow
FEEDS = 40
PROGRAM = [sys.executable, "-m", "barometer.cli.main", "crawl", "--config"]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(server: Any, reply: Any, make_rss: Any, store_url: str, tmp_path: Path) -> Start:
    """Starts `barometer crawl` of so many feeds, each of which takes `delay` seconds, or until `answer` is set.

    `lease` is in seconds.
    """
    date = format_datetime(datetime.now(UTC), usegmt=True)

    def run(
        delay: float = 0.0, *, lease: float, feeds: int = FEEDS, answer: threading.Event | None = None
    ) -> "subprocess.Popen[str]":
        def late(reply: Any) -> Any:
            assert answer is None or answer.wait(60)
            return reply

        for n in range(feeds):
            title = f"Bitcoin rises to record number {n} as traders of fund {n * n} cheer"
            replies = reply(make_rss(title, date=date), delay=delay)
            server.replies[f"/{n}"] = lambda _, said=replies: late(said)
        hosts = [f"127.0.0.{n}" for n in range(2, feeds + 2)]
        conf = {
            "addresses": [server.url(f"/{n}", host) for n, host in enumerate(hosts)],
            "fetch": {"allow_hosts": hosts, "concurrency": 8, "robots": False, "timeout_seconds": 60},
            "poll": {"lease_seconds": lease},
            "filters": {"order": ["recent"]},
        }
        (tmp_path / "feeds.yaml").write_text(yaml.safe_dump(conf))
        environment = os.environ | {"BAROMETER_DATABASE_URL": store_url}
        return subprocess.Popen(
            [*PROGRAM, str(tmp_path / "feeds.yaml")],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return run


def when_asked(server: Any, number: int) -> None:
    """Wait until so many requests have come."""
    for _ in range(600):
        if len(server.requests) >= number:
            return
        time.sleep(0.05)
    raise AssertionError(f"{len(server.requests)} requests; expected {number}")


def recorded(database: Engine) -> bool:
    with reading(database) as connection:
        return connection.execute(select(runs.c.step).where(runs.c.step == "crawl")).first() is not None


def test_a_killed_crawl_is_made_good(server: Any, start: Start, database: Engine) -> None:
    first = start(delay=0.3, lease=3)
    when_asked(server, 20)
    first.kill()
    first.communicate()
    with reading(database) as connection:
        read = {url for url, state in read_feeds(connection).items() if state.next_poll_at is not None}
    assert 8 <= len(read) <= 20 and not recorded(database)
    out, problems = start(delay=0.0, lease=3).communicate(timeout=60)
    assert f"{FEEDS - len(read)} of {FEEDS - len(read)} due feeds read" in out, problems
    asked = Counter(request.path for request in server.requests)
    assert set(asked) == {f"/{n}" for n in range(FEEDS)} and max(asked.values()) == 2
    assert {asked["/" + url.rpartition("/")[2]] for url in read} == {1}
    with reading(database) as connection:
        assert connection.execute(select(func.count()).select_from(news_titles)).scalar_one() == FEEDS
        assert {state.leased_until for state in read_feeds(connection).values()} == {None}
    assert recorded(database)


def test_crawls_at_once_leave_nothing_unread(server: Any, start: Start, database: Engine) -> None:
    both = [start(delay=0.2, lease=30) for _ in range(2)]
    outputs = [crawl.communicate(timeout=60) for crawl in both]
    assert [crawl.returncode for crawl in both] == [0, 0], outputs
    assert Counter(request.path for request in server.requests) == {f"/{n}": 1 for n in range(FEEDS)}
    read = [re.match(r"(\d+) of (\d+) due feeds read", out) for out, _ in outputs]
    assert sum(int(found[1]) for found in read if found) == FEEDS
    assert all(found and found[1] == found[2] for found in read) and recorded(database)


def test_a_living_crawl_keeps_its_feeds(server: Any, start: Start, database: Engine) -> None:
    """Leases are renewed past their length, so a second crawl gives up, says so, and does not count."""
    answer = threading.Event()
    first = start(lease=1, feeds=4, answer=answer)
    when_asked(server, 4)
    other = start(lease=1, feeds=4, answer=answer)
    out, problems = other.communicate(timeout=60)
    assert first.poll() is None and not recorded(database)
    assert (other.returncode, out.splitlines()[0]) == (0, "0 of 4 due feeds read")
    assert problems == "barometer: another crawl is reading the feeds in progress; this one does not count\n"
    answer.set()
    out, _ = first.communicate(timeout=60)
    assert out.startswith("4 of 4 due feeds read\n") and recorded(database)
    assert len(server.requests) == 4


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Children heed interrupts even where the tests run as a shell's background job, which ignores them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_the_leases(server: Any, start: Start, database: Engine) -> None:
    first = start(delay=5.0, lease=600)
    when_asked(server, 8)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode != 0
    with reading(database) as connection:
        states = read_feeds(connection).values()
    assert len(states) == 8 and {(state.leased_until, state.next_poll_at) for state in states} == {(None, None)}
