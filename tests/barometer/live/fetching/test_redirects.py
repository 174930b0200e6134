"""Redirects that ask for cookies: kept for one request, and sent to nobody else."""

import asyncio
from typing import Any

import pytest

from barometer.live.fetching.fetch import Answer, Fetcher, FetchError
from barometer.live.settings import FetchSettings

XML = b"<rss version='2.0'></rss>"
HOSTS = ("127.0.0.1", "127.0.0.2", "localhost")


def get(*urls: str, **settings: Any) -> list[Answer]:
    """The answers of addresses, asked one after the other by one fetcher."""

    async def fetch() -> list[Answer]:
        async with Fetcher(FetchSettings(allow_hosts=HOSTS, **settings)) as fetcher:
            return [await fetcher.get(url) for url in urls]

    return asyncio.run(fetch())


def gate(reply: Any, *, to: str, cookie: str = "seen=yes; Path=/", wants: str = "seen=yes", status: int = 302) -> Any:
    """A page that shows the feed to those with a cookie, and sends others on with one."""

    def answer(request: Any) -> Any:
        if wants in request.headers.get("cookie", ""):
            return reply(XML)
        return reply(status=status, headers={"Location": to} | ({"Set-Cookie": cookie} if cookie else {}))

    return answer


@pytest.mark.parametrize("status", [302, 301])
def test_a_cookie_opens_the_same_address(server: Any, reply: Any, status: int) -> None:
    server.replies["/feed"] = gate(reply, to="/feed", status=status)
    (answer,) = get(server.url("/feed"))
    assert (answer.body, answer.moved_to) == (XML, None)
    assert [request.headers.get("cookie") for request in server.asked("/feed")] == [None, "seen=yes"]


def test_a_cookie_comes_from_another_page(server: Any, reply: Any) -> None:
    server.replies["/feed"] = gate(reply, to="/enter", cookie="")
    server.replies["/enter"] = reply(status=302, headers={"Location": "/token?t=1"})
    server.replies["/token?t=1"] = reply(status=302, headers={"Location": "/feed", "Set-Cookie": "seen=yes; Path=/"})
    assert get(server.url("/feed"))[0].body == XML
    with pytest.raises(FetchError, match="more than 2 redirects; the site asks for cookies"):
        get(server.url("/feed"), max_redirects=2)


def test_nothing_is_kept_between_requests(server: Any, reply: Any) -> None:
    server.replies["/feed"] = gate(reply, to="/feed")
    server.replies["/robots.txt"] = reply(b"", headers={"Set-Cookie": "seen=yes; Path=/"})
    get(server.url("/feed"), server.url("/feed"))
    assert [request.headers.get("cookie") for request in server.asked("/feed")] == [None, "seen=yes"] * 2
    assert "cookie" not in server.asked("/robots.txt")[0].headers


@pytest.mark.parametrize("domain", ["", "; Domain=127.0.0.2", "; Domain=.0.0.2", "; Domain=localhost"])
def test_no_other_host_gets_a_cookie(server: Any, reply: Any, domain: str) -> None:
    server.replies["/feed"] = reply(
        status=302, headers={"Location": server.url("/next", "127.0.0.2"), "Set-Cookie": f"a=b; Path=/{domain}"}
    )
    server.replies["/next"] = reply(status=302, headers={"Location": server.url("/last", "localhost")})
    server.replies["/last"] = reply(XML)
    assert get(server.url("/feed"))[0].body == XML
    assert not any("cookie" in request.headers for request in server.requests)


def test_secure_and_foreign_paths_stay_unsent(server: Any, reply: Any) -> None:
    for cookie in ("a=b; Secure", "a=b; Path=/elsewhere"):
        server.replies["/a/feed"] = reply(status=302, headers={"Location": "/b", "Set-Cookie": cookie})
        server.replies["/b"] = reply(XML)
        get(server.url("/a/feed"))
    assert not any("cookie" in request.headers for request in server.asked("/b"))


@pytest.mark.parametrize(("cookie", "reason"), [
    ("", "redirect loop$"),
    ("other=thing; Path=/", "redirect loop; the site asks for cookies$"),
    ("seen=yes; Domain=elsewhere.example", "redirect loop; the site asks for cookies$"),
])  # fmt: skip
def test_a_loop_says_what_is_wanted(server: Any, reply: Any, cookie: str, reason: str) -> None:
    server.replies["/feed"] = gate(reply, to="/feed", cookie=cookie)
    with pytest.raises(FetchError, match=reason):
        get(server.url("/feed"))


def test_ever_new_cookies_are_bounded(server: Any, reply: Any) -> None:
    def counting(request: Any) -> Any:
        return reply(status=302, headers={"Location": "/feed", "Set-Cookie": f"n={len(server.requests)}"})

    server.replies["/feed"] = counting
    with pytest.raises(FetchError, match="more than 4 redirects; the site asks for cookies"):
        get(server.url("/feed"), max_redirects=4)
    assert len(server.asked("/feed")) == 5


def test_a_refusal_after_cookies_says_so(server: Any, reply: Any) -> None:
    server.replies["/feed"] = reply(status=302, headers={"Location": "/wall", "Set-Cookie": "a=b"})
    server.replies["/wall"] = reply(status=403)
    with pytest.raises(FetchError, match="HTTP 403; the site asks for cookies"):
        get(server.url("/feed"))
    with pytest.raises(FetchError, match=r"HTTP 403$"):
        get(server.url("/wall"))
