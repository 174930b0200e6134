"""Sample feeds for a demo without a network: RSS files of given headlines, dated up to now, and their server."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

from barometer.live.settings import FeedAddress, FeedsSettings

HOST = "127.0.0.1"
HISTORY = timedelta(days=30)
_NAME = re.compile(r"[^a-z0-9]+")


def write_feeds(
    rows: Iterable[tuple[str, str]], folder: Path, now: datetime, history: timedelta = HISTORY
) -> dict[str, Path]:
    """Write one RSS 2.0 file for each source and return the files by source.

    Args:
        rows: titles and their sources; a title without a source goes to "demo".
        folder: for the files; created if missing.
        now: in UTC. Dates are spaced evenly up to `now`, the date of the last row.
        history: how far back the dates go.
    """
    listed = list(rows)
    by_source: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for age, (title, source) in enumerate(reversed(listed)):
        by_source[source or "demo"].append((title, now - history * age / len(listed)))
    folder.mkdir(parents=True, exist_ok=True)
    files = {source: folder / f"{n:02d}-{_slug(source)}.xml" for n, source in enumerate(sorted(by_source))}
    for source, path in files.items():
        path.write_text(_rss(source, by_source[source]), encoding="utf-8")
    return files


def _slug(source: str) -> str:
    return _NAME.sub("-", source.lower()).strip("-") or "feed"


def _rss(source: str, items: list[tuple[str, datetime]]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<rss version="2.0">', "<channel>"]
    lines += [f"<title>{escape(source)}</title>", f"<link>https://example.org/{_slug(source)}</link>"]
    lines += [f"<description>Sample headlines of {escape(source)}</description>"]
    for n, (title, moment) in enumerate(items):
        link = f"https://example.org/{_slug(source)}/{len(items) - n}"
        date = format_datetime(moment.replace(microsecond=0), usegmt=True)
        lines.append(f"<item><title>{escape(title)}</title><link>{link}</link><pubDate>{date}</pubDate></item>")
    return "\n".join([*lines, "</channel>", "</rss>", ""])


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Serve a folder over HTTP on a free local port; yields the base address without a trailing slash."""
    server = _Server((HOST, 0), partial(_QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def demo_settings(settings: FeedsSettings, base: str, files: dict[str, Path]) -> FeedsSettings:
    """Return `settings` with the served files as feeds, with their sources' names, and their host allowed."""
    addresses = tuple(FeedAddress(url=f"{base}/{path.name}", source=source) for source, path in files.items())
    allowed = tuple(dict.fromkeys([*settings.fetch.allow_hosts, HOST]))
    fetch = settings.fetch.model_copy(update={"allow_hosts": allowed})
    return settings.model_copy(update={"addresses": addresses, "fetch": fetch})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # all feeds may be requested at once


class _QuietHandler(SimpleHTTPRequestHandler):
    """Answers If-Modified-Since by itself; writes nothing to standard error."""

    def log_message(self, format: str, *args: object) -> None:
        pass
