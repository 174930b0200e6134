"""Crawl 100 local feeds that each take 200 ms: all at once against one after the other.

    python scripts/bench_crawl.py [--feeds 100] [--seconds 0.2] [--limit 3.0]

Each feed has a host of its own (127.0.0.2, 127.0.0.3, ...), because a host gets two requests at once. Ends with
status 1 if all at once takes longer than the limit.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection

from barometer.coins import find_coins
from barometer.live.crawl import crawl_feeds
from barometer.live.filtering.filters import FilterChain
from barometer.live.parsing.parse import Entry
from barometer.live.records import DroppedTitle, FeedState, KnownEntry, StoredTitle
from barometer.live.settings import FeedAddress, FeedsSettings, FetchSettings
from barometer.live.store.entries import News, Saved
from barometer.live.store.feeds import CrawlStore

COINS = ("Bitcoin", "Ethereum", "Solana", "Cardano", "Monero")
SUBJECTS = ("Regulator", "Exchange", "Miner", "Bank", "Court", "Fund", "Analyst", "Developer", "Trader", "Minister")


class Counted(CrawlStore):
    """A store that only counts."""

    def __init__(self) -> None:
        self.titles = 0

    def read_feeds(self, urls: object) -> dict[str, FeedState]:
        """Return nothing: every feed is new."""
        return {}

    def save_feeds(self, states: Iterable[FeedState]) -> None:
        """Forget them."""

    def claim_feed(self, state: FeedState, now: datetime) -> bool:
        """Return True: there is no other crawler."""
        return True

    def lease_feeds(self, urls: Iterable[str], until: datetime | None) -> None:
        """Do nothing: there is no other crawler."""

    def read_entries(self, entry_ids: object) -> dict[int, KnownEntry]:
        """Return nothing: every entry is new."""
        return {}

    def save_news(self, news: News, reach: timedelta) -> Saved:
        """Count the headlines."""
        self.titles += len(news.titles)
        return Saved(len(news.titles), {title.title_id: title.title_id for title in news.titles})

    def save_dropped(self, dropped: Iterable[DroppedTitle]) -> None:
        """Forget them."""

    def recent_titles(self, since: datetime) -> list[StoredTitle]:
        """Return nothing."""
        return []


def rss(number: int) -> bytes:
    """Return a feed of 30 headlines of its own, dated now."""
    date = format_datetime(datetime.now(UTC), usegmt=True)
    items = "".join(
        f"<item><title>{SUBJECTS[n % 10]} {number} warns {COINS[n % 5]} holders of rule {number * 30 + n}</title>"
        f"<link>https://example.org/{number}/{n}</link><pubDate>{date}</pubDate></item>"
        for n in range(30)
    )
    return f'<rss version="2.0"><channel><title>{number}</title>{items}</channel></rss>'.encode()


def serve(seconds: float, port: Connection) -> None:
    """Serve feeds that take `seconds` each on every loopback address, until the process is ended."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/robots.txt":
                self.send_error(404)
                return
            time.sleep(seconds)
            body = rss(int(self.path.strip("/")))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 512
        daemon_threads = True

    server = Server(("0.0.0.0", 0), Handler)  # noqa: S104 - every loopback address, for the time of the run
    port.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def slow_server(seconds: float) -> Iterator[int]:
    """Run `serve` in a process of its own, as feeds do not share the crawler's; gives the port."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(seconds, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def crawl_once(port: int, feeds: int, concurrency: int) -> tuple[float, int, int]:
    """Return seconds, feeds that were read and headlines that were kept."""
    hosts = [f"127.0.{2 + n // 250}.{1 + n % 250}" for n in range(feeds)]
    addresses = tuple(FeedAddress(url=f"http://{host}:{port}/{n}") for n, host in enumerate(hosts))
    fetch = FetchSettings(allow_hosts=tuple(hosts), concurrency=concurrency)
    store = Counted()
    started = time.perf_counter()
    summary = crawl_feeds(FeedsSettings(addresses=addresses, fetch=fetch), store)
    return time.perf_counter() - started, sum(not feed.reason for feed in summary.feeds), store.titles


def main() -> None:
    """Run both ways and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--feeds", type=int, default=100)
    options.add_argument("--seconds", type=float, default=0.2)
    options.add_argument("--limit", type=float, default=3.0)
    given = options.parse_args()
    warm_up()
    with slow_server(given.seconds) as port:
        rows = [
            (name, *crawl_once(port, given.feeds, n)) for name, n in (("one by one", 1), ("all at once", given.feeds))
        ]
    print(f"{given.feeds} feeds of {given.seconds * 1000:.0f} ms each")
    print(f"{'':<12}  {'seconds':>8}  {'feeds':>6}  {'headlines':>9}")
    for name, seconds, read, titles in rows:
        print(f"{name:<12}  {seconds:>8.2f}  {read:>6}  {titles:>9,}")
    fast = rows[-1][1]
    print(f"{rows[0][1] / fast:.1f} times as fast; limit {given.limit:g} s")
    sys.exit(fast > given.limit)


def warm_up() -> None:
    """Load the language models once, as a service that runs has done."""
    settings = FeedsSettings(addresses=())
    title = "Bitcoin rises to a record as traders cheer"
    FilterChain(settings.filters, datetime.now(UTC)).apply([Entry(title, "", datetime.now(UTC))])
    find_coins(title)


if __name__ == "__main__":
    main()
