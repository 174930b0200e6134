"""No feed, redirect or DNS answer leads the crawler into a private network."""

from typing import Any

import pytest

from barometer.live.fetching.addresses import AddressRefusedError, check_url, is_public

TITLE = "Bitcoin rises to a record as traders cheer"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "192.88.99.1", "::1", "::", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "fec0::1", "feff:ffff::1", "3fff::1", "3fff:fff:ffff::1", "3ffe:1900::1", "5f00::1", "100::1",
        "100:0:0:1::1", "2001:1::1", "2001:2::1", "2001:20::1", "2001:30::1", "4000::1", "::ffff:0:10.0.0.1",
        "192.0.0.8", "192.0.0.9", "192.0.0.255", "2002:7f00:1::", "2002:a00:1::1", "::127.0.0.1", "2001:db8::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "nonsense", "",
    ],
)  # fmt: skip
def test_addresses_of_private_networks_are_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "192.0.1.1",
        "2606:4700:4700::1111",
        "2001:200::1",
        "3ffd::1",
        "3fff:1000::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_public_addresses_are_told(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://example.org/feed", "scheme 'ftp'"),
        ("gopher://127.0.0.1:70/", "scheme 'gopher'"),
        ("example.org/feed", "scheme ''"),
        ("http:///feed", "no host"),
        ("http://[::1/feed", "broken address"),
        ("http://example.org:99999/", "broken address"),
        ("https://user:secret@example.org/", "credentials in the address of example.org"),
    ],
)
def test_other_kinds_of_address_are_refused(url: str, problem: str) -> None:
    with pytest.raises(AddressRefusedError, match=problem.replace("[", r"\[")):
        check_url(url)


def test_hosts_are_in_lower_case() -> None:
    assert check_url("HTTPS://News.Example.ORG:8443/feed?x=1") == "news.example.org"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_loopback_is_refused_in_any_notation(server: Any, reply: Any, make_rss: Any, crawl_at: Any, host: str) -> None:
    server.replies["/feed"] = reply(make_rss(TITLE))
    summary = crawl_at(server.url("/feed", host), fetch={"allow_hosts": []})
    assert "not public" in summary.feeds[0].reason
    assert server.requests == []


def test_allow_hosts_admits_by_name(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(make_rss(TITLE))
    allowed = crawl_at(server.url("/feed", "localhost"), server.url("/feed"), fetch={"allow_hosts": ["LocalHost"]})
    assert [feed.new for feed in allowed.feeds] == [1, 0]
    assert "127.0.0.1 is at 127.0.0.1" in allowed.feeds[1].reason


def test_private_redirect_is_refused(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(status=302, headers={"Location": server.url("/secret", "127.0.0.9")})
    server.replies["/secret"] = reply(make_rss(TITLE))
    summary = crawl_at(server.url("/feed"), fetch={"allow_hosts": ["127.0.0.1"]})
    assert "127.0.0.9" in summary.feeds[0].reason
    assert server.asked("/secret") == []


def test_redirect_to_a_file_is_refused(server: Any, reply: Any, crawl_at: Any, tmp_path: Any) -> None:
    (tmp_path / "feed.xml").write_bytes(b"<rss/>")
    server.replies["/feed"] = reply(status=302, headers={"Location": (tmp_path / "feed.xml").as_uri()})
    summary = crawl_at(server.url("/feed"), fetch={"file_folder": str(tmp_path)})
    assert "scheme 'file'" in summary.feeds[0].reason


def test_a_second_dns_answer_changes_nothing(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    """A name that is public when looked at and private when connected to: what was looked at is connected to."""
    server.replies["/feed"] = reply(make_rss(TITLE))
    answers = iter([["203.0.114.1"], ["127.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    summary = crawl_at(
        server.url("/feed", "rebind.example"),
        fetch={"allow_hosts": [], "timeout_seconds": 1.0, "robots": False},
        resolve=rebinding,
    )
    assert asked == ["rebind.example"]  # once for one connection, which then went to the public address
    assert summary.feeds[0].reason
    assert server.requests == []
    # The next connection asks again, and what it hears is looked at again.
    summary = crawl_at(
        server.url("/feed", "rebind.example"),
        hours=9,
        fetch={"allow_hosts": [], "robots": False},
        resolve=rebinding,
    )
    assert "rebind.example is at 127.0.0.1" in summary.feeds[0].reason
    assert server.requests == []


def test_one_private_address_refuses_the_name(server: Any, crawl_at: Any) -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "10.0.0.7"]

    summary = crawl_at(server.url("/feed", "both.example"), fetch={"allow_hosts": []}, resolve=both)
    assert "both.example is at 10.0.0.7" in summary.feeds[0].reason


def test_dead_address_falls_through_to_next(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(make_rss(TITLE))

    async def two(host: str, port: int) -> list[str]:
        return ["::1", "127.0.0.1"]  # the server listens on the second alone

    summary = crawl_at(server.url("/feed", "two.example"), fetch={"allow_hosts": ["two.example"]}, resolve=two)
    assert summary.new == 1
    assert server.requests[0].host == "two.example"


def test_unresolved_name_fails_its_feed(server: Any, crawl_at: Any) -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    reason = crawl_at("https://dead.example/feed", resolve=unknown).feeds[0].reason
    assert "cannot resolve dead.example: Name or service not known" in reason
