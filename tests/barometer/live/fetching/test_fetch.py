"""Bodies and addresses at the limits."""

import asyncio
import gzip
import zlib
from pathlib import Path
from typing import Any

import pytest

from barometer.live.fetching.fetch import Answer, Fetcher, FetchError
from barometer.live.settings import FetchSettings

XML = b"<rss version='2.0'>" + b"x" * 5000


def get(url: str, last_modified: str | None = None, **settings: Any) -> Answer:
    values = {"allow_hosts": ("127.0.0.1", "127.0.0.2")} | settings

    async def fetch() -> Answer:
        async with Fetcher(FetchSettings(**values)) as fetcher:
            return await fetcher.get(url, None, last_modified)

    return asyncio.run(fetch())


RAW = zlib.compressobj(wbits=-15)
RAW_DEFLATE = RAW.compress(XML) + RAW.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(XML)),
        ("x-gzip", gzip.compress(XML[:100]) + gzip.compress(XML[100:])),
        ("GZIP", gzip.compress(XML) + b"\0" * 20),
        ("deflate", zlib.compress(XML)),
        ("deflate", RAW_DEFLATE),
        ("identity", XML),
    ],
    ids=["gzip", "members", "padded", "zlib", "raw deflate", "identity"],
)
def test_bodies_are_decompressed(server: Any, reply: Any, encoding: str, body: bytes) -> None:
    server.replies["/feed"] = reply(body, headers={"Content-Encoding": encoding})
    assert get(server.url("/feed")).body == XML


def test_compression_bomb_is_refused(server: Any, reply: Any) -> None:
    import tracemalloc

    bomb = gzip.compress(b"\0" * 200_000_000, compresslevel=1)
    server.replies["/feed"] = reply(bomb, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    with pytest.raises(FetchError, match="too large after decompression"):
        get(server.url("/feed"), max_bytes=2_000_000)
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()


def test_body_at_the_limit_is_accepted(server: Any, reply: Any) -> None:
    server.replies["/feed"] = reply(gzip.compress(XML), headers={"Content-Encoding": "gzip"})
    assert len(get(server.url("/feed"), max_bytes=len(XML)).body) == len(XML)
    with pytest.raises(FetchError, match="too large"):
        get(server.url("/feed"), max_bytes=len(XML) - 1)


@pytest.mark.parametrize("body", [gzip.compress(XML)[:-20], b"not gzip at all"], ids=["short", "other"])
def test_broken_compression_is_a_failure(server: Any, reply: Any, body: bytes) -> None:
    server.replies["/feed"] = reply(body, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="compress"):
        get(server.url("/feed"))


def test_a_long_chain_of_redirects_ends(server: Any, reply: Any) -> None:
    server.replies |= {f"/{n}": reply(status=307, headers={"Location": f"/{n + 1}#top"}) for n in range(9)}
    with pytest.raises(FetchError, match="more than 3 redirects"):
        get(server.url("/0"), max_redirects=3)
    server.replies["/3"] = reply(XML)
    assert get(server.url("/0"), max_redirects=3).url == server.url("/3")


def test_credentials_and_cookies_are_not_forwarded(server: Any, reply: Any) -> None:
    server.replies["/a"] = reply(status=302, headers={"Location": server.url("/b", "localhost"), "Set-Cookie": "a=b"})
    server.replies["/b"] = reply(XML)
    get(server.url("/a"), allow_hosts=("127.0.0.1", "localhost"))
    sent = set(server.asked("/b")[0].headers)
    assert sent == {"host", "connection", "user-agent", "accept", "accept-encoding"}


def test_files_are_read_in_allowed_folder(tmp_path: Path) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "a b.xml").write_bytes(XML)
    (tmp_path / "secret.xml").write_bytes(XML)
    (folder / "link.xml").symlink_to(tmp_path / "secret.xml")
    answer = get((folder / "a b.xml").as_uri(), file_folder=str(folder))
    assert answer.body == XML
    again = get((folder / "a b.xml").as_uri(), answer.headers["last-modified"], file_folder=str(folder))
    assert (again.status, again.body) == (304, b"")
    for outside in ("secret.xml", "feeds/link.xml", "feeds/../secret.xml"):
        with pytest.raises(FetchError, match=r"outside of fetch\.file_folder"):
            get(f"file://{tmp_path}/{outside}", file_folder=str(folder))
    with pytest.raises(FetchError, match="No such file"):
        get((folder / "missing.xml").as_uri(), file_folder=str(folder))
    with pytest.raises(FetchError, match="larger than 10 bytes"):
        get((folder / "a b.xml").as_uri(), file_folder=str(folder), max_bytes=10)
    with pytest.raises(FetchError, match=r"unless fetch\.file_folder is set"):
        get((folder / "a b.xml").as_uri())
