"""A local HTTP server with scripted replies, a store in memory, and settings that reach the server."""

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

NOW = datetime(2026, 8, 17, 12, 0, tzinfo=UTC)


@dataclass
class Reply:
    """A reply of the server; with `drip` seconds between bytes, and only after `delay` seconds."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0


@dataclass
class Request:
    """A request, header values as Latin-1."""

    path: str
    headers: dict[str, str]
    host: str


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256  # all feeds of a test may connect at once

    def handle_error(self, request: object, client_address: object) -> None:
        """Do nothing: tests make clients hang up and refuse certificates."""


class FeedServer:
    """Serves `replies` by path on every loopback address; counts how many requests a host has at once."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | Callable[[Request], Reply]] = {}
        self.requests: list[Request] = []
        self.most_at_once: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(("0.0.0.0", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak https from now on; the handshake is the connection's own thread's business."""
        listening = self._server.socket
        self._server.socket = context.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host = str(self.headers.get("host", "")).partition(":")[0]
                request = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, host)
                with outer._lock:
                    outer.requests.append(request)
                    outer._now[host] += 1
                    outer.most_at_once[host] = max(outer.most_at_once[host], outer._now[host])
                try:
                    outer._answer(self, request)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                finally:
                    with outer._lock:
                        outer._now[host] -= 1

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler, request: Request) -> None:
        reply = self.replies.get(request.path, Reply(status=404))
        if not isinstance(reply, Reply):
            reply = reply(request)
        time.sleep(reply.delay)
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(reply.body)))
        handler.end_headers()
        if not reply.drip:
            handler.wfile.write(reply.body)
            return
        for byte in reply.body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(reply.drip)


class MemoryStore:
    """Keeps in memory what the crawler stores."""

    def __init__(self) -> None:
        self.feeds: dict[str, Any] = {}
        self.titles: dict[int, Any] = {}
        self.dropped: list[Any] = []
        self.written: list[Any] = []

    def read_feeds(self, urls: Any) -> dict[str, Any]:
        return {url: self.feeds[url] for url in urls if url in self.feeds}

    def save_feeds(self, states: Any) -> None:
        for state in states:
            self.feeds[state.url] = state

    def claim_feed(self, state: Any, now: datetime) -> bool:
        self.save_feeds([state])
        return True

    def lease_feeds(self, urls: Any, until: Any) -> None:
        self.save_feeds([replace(self.feeds[url], leased_until=until) for url in urls])

    def read_entries(self, entry_ids: Any) -> dict[int, Any]:
        return {}

    def save_news(self, news: Any, reach: Any) -> Any:
        from barometer.live.store.entries import Saved

        new = {title.title_id: title for title in news.titles if title.title_id not in self.titles}
        self.titles |= new
        self.written += list(news.titles)
        return Saved(len(new), {title_id: title_id for title_id in new})

    def save_dropped(self, dropped: Any) -> None:
        self.dropped += list(dropped)

    def recent_titles(self, since: datetime) -> list[Any]:
        from barometer.live.records import StoredTitle

        recent = [title for title in self.titles.values() if title.pub_time >= since]
        return [StoredTitle(title.title_id, title.title) for title in recent]


def rss(*titles: str, date: str = "Mon, 17 Aug 2026 10:00:00 GMT", extra: str = "") -> bytes:
    """A feed with these titles, which are XML already."""
    items = "".join(
        f"<item><title>{title}</title><link>https://example.org/{n}</link><pubDate>{date}</pubDate></item>"
        for n, title in enumerate(titles)
    )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>t</title>'
    return f"{head}{items}{extra}</channel></rss>".encode()


@pytest.fixture
def server() -> Iterator[FeedServer]:
    feed_server = FeedServer()
    yield feed_server
    feed_server.close()


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def make_rss() -> Callable[..., bytes]:
    return rss


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def now() -> datetime:
    """The moment of all crawls in tests."""
    return NOW


@pytest.fixture
def crawl_at(store: MemoryStore) -> Callable[..., Any]:
    """Crawl addresses into `store` at a moment, with settings given as `fetch=`, `poll=` and `filters=` mappings."""
    from barometer.live.crawl import crawl_feeds
    from barometer.live.settings import FeedsSettings

    def crawl(*urls: str, hours: float = 0.0, resolve: Any = None, **sections: Any) -> Any:
        fetch = {"allow_hosts": [f"127.0.0.{n}" for n in range(1, 120)], "timeout_seconds": 5.0}
        sections["fetch"] = fetch | sections.get("fetch", {})
        values = {"addresses": list(urls)} | sections
        moment = NOW + timedelta(hours=hours)
        return crawl_feeds(FeedsSettings.model_validate(values), store, clock=lambda: moment, resolve=resolve)

    return crawl


@pytest.fixture
def replaced() -> Callable[..., Any]:
    return replace


@pytest.fixture
def count_queued() -> Callable[[Any, str], int]:
    """How many headlines are queued for a version, leased ones included: `count_queued(connection, version)`."""
    from sqlalchemy import func, select

    from barometer.live.store.schema import score_queue

    def count(connection: Any, model_version: str) -> int:
        queued = select(func.count()).where(score_queue.c.model_version == model_version)
        return int(connection.execute(queued).scalar_one())

    return count


@pytest.fixture
def read_dropped() -> Callable[[Any], list[Any]]:
    """The dropped titles, the newest first: `read_dropped(connection)`."""
    from barometer.live.records import DroppedTitle
    from barometer.live.store.schema import dropped_titles

    def read(connection: Any) -> list[Any]:
        columns = [dropped_titles.c[name] for name in ("title", "source", "url", "reason", "dropped_at")]
        rows = dropped_titles.select().with_only_columns(*columns).order_by(dropped_titles.c.dropped_at.desc())
        return [DroppedTitle(*row) for row in connection.execute(rows)]

    return read
