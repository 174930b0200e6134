"""The crawler against a local server: its requests, what it stores, and that a failing feed stops no other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from barometer.live.crawl import crawl_feeds
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import FeedsSettings
from barometer.live.summary import Outcome, summary_lines
from barometer.settings import SettingsError

RISES = "Bitcoin rises to a record as traders cheer"
FALLS = "Ethereum falls after developers delay the upgrade"


def test_titles_are_stored_with_metadata(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any, now: datetime
) -> None:
    server.replies["/feed"] = reply(make_rss(RISES))
    summary = crawl_at(server.url("/feed"))
    (title,) = store.titles.values()
    assert (title.title, title.source, title.url) == (RISES, "127.0.0.1", "https://example.org/0")
    assert (title.pub_time, title.fetched_at) == (datetime(2026, 8, 17, 10, tzinfo=UTC), now)
    assert title.coins == {"BTC"}
    assert (summary.seen, summary.new, summary.feeds[0].outcome) == (1, 1, Outcome.OK)


def test_validators_go_back_byte_for_byte(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    etag, modified = 'W/"caf\xe9  --gzip"', "Mon,  3 Aug 2026 1:02:03 +0000 (odd)"
    server.replies["/feed"] = reply(make_rss(RISES), headers={"ETag": etag, "Last-Modified": modified})
    crawl_at(server.url("/feed"))
    crawl_at(server.url("/feed"), hours=2)
    first, second = server.asked("/feed")
    assert "if-none-match" not in first.headers
    assert (second.headers["if-none-match"], second.headers["if-modified-since"]) == (etag, modified)


def test_304_keeps_titles_and_validators(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any, replaced: Any
) -> None:
    url = server.url("/feed")
    server.replies["/feed"] = reply(make_rss(RISES, "Bitcoin?"), headers={"ETag": '"a"'})
    crawl_at(url)
    before, written, dropped = store.feeds[url], list(store.written), list(store.dropped)
    server.replies["/feed"] = reply(status=304)
    summary = crawl_at(url, hours=2)
    assert (store.written, store.dropped) == (written, dropped)
    assert replaced(store.feeds[url], next_poll_at=before.next_poll_at) == before
    assert store.feeds[url].next_poll_at == before.next_poll_at + timedelta(hours=2)
    assert summary.feeds[0].outcome is Outcome.NOT_MODIFIED


def test_a_week_of_304_ends_in_full(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any, now: datetime
) -> None:
    def stuck(request: Any) -> Any:
        known = {"if-none-match", "if-modified-since"} & set(request.headers)
        headers = {"ETag": '"2041"', "Last-Modified": "Sat, 16 Nov 2041 19:11:00 GMT"}
        return reply(status=304) if known else reply(make_rss([RISES, FALLS][len(store.titles)]), headers=headers)

    server.replies["/feed"], url = stuck, server.url("/feed")
    days = [0, 1, 3, 6.9, 7, 7.5, 13.9]
    poll = {"revalidate_days": 7}
    outcomes = [str(crawl_at(url, hours=24 * day, poll=poll).feeds[0].outcome) for day in days]
    assert outcomes == ["ok", "304", "304", "304", "ok", "304", "304"]
    assert {title.title for title in store.titles.values()} == {RISES, FALLS}
    assert store.feeds[url].full_at == now + timedelta(days=7)
    assert [bool(request.headers.get("if-none-match")) for request in server.asked("/feed")][4] is False


def test_unconditional_304_is_a_failure(server: Any, reply: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(status=304)
    assert crawl_at(server.url("/feed")).feeds[0].outcome is Outcome.FAILED


def test_restart_respects_the_poll_interval(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(make_rss(RISES))
    poll = {"interval_minutes": 60}
    for hours in (0, 0.5, 0.99):
        crawl_at(server.url("/feed"), hours=hours, poll=poll)
    assert len(server.asked("/feed")) == 1
    crawl_at(server.url("/feed"), hours=1, poll=poll)
    assert len(server.asked("/feed")) == 2


def test_interrupted_feed_is_due_at_once(server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(make_rss(RISES), headers={"ETag": '"a"'})

    def killed(news: Any, reach: Any) -> int:
        raise KeyboardInterrupt

    save = store.save_news
    store.save_news = killed
    with pytest.raises(KeyboardInterrupt):
        crawl_at(server.url("/feed"))
    state = store.feeds[server.url("/feed")]
    assert (state.next_poll_at, state.leased_until, state.etag) == (None, None, None)
    store.save_news = save
    assert crawl_at(server.url("/feed")).new == 1  # without validators, so nothing is lost
    assert len(server.asked("/feed")) == 2


@pytest.mark.parametrize(
    ("control", "hours"),
    [
        ("max-age=7200", 2),
        ("max-age=60", 1),
        ("public, MAX-AGE=9999999999999999999", 24),
        ("no-cache, max-age=7200", 1),
    ],
)
def test_cache_control_counts_for_one_day(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any, now: datetime, control: str, hours: float
) -> None:
    server.replies["/feed"] = reply(make_rss(RISES), headers={"Cache-Control": control})
    crawl_at(server.url("/feed"))
    assert store.feeds[server.url("/feed")].next_poll_at == now + timedelta(hours=hours)


@pytest.mark.parametrize("value", ["36000", "Mon, 17 Aug 2026 22:00:00 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_delays_the_next_poll(
    server: Any, reply: Any, store: Any, crawl_at: Any, now: datetime, value: str, status: int
) -> None:
    server.replies["/feed"] = reply(status=status, headers={"Retry-After": value})
    crawl_at(server.url("/feed"))
    state = store.feeds[server.url("/feed")]
    assert state.next_poll_at == now + timedelta(hours=10)
    assert state.failures == (0 if status == 429 else 1)
    crawl_at(server.url("/feed"), hours=9.9)
    assert len(server.asked("/feed")) == 1


def test_failing_feed_backs_off_then_parks(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any, now: datetime
) -> None:
    server.replies["/feed"] = reply(status=500)
    url, hours, waits = server.url("/feed"), 0.0, []
    for _ in range(4):
        summary = crawl_at(url, hours=hours, poll={"park_after": 4, "parked_hours": 100})
        waits.append((store.feeds[url].next_poll_at - now) / timedelta(hours=1) - hours)
        hours += waits[-1]
    assert waits == [1, 2, 4, 100]
    assert (store.feeds[url].state, summary.feeds[0].outcome) == (FeedStatus.PARKED, Outcome.PARKED)
    assert any("parked" in line and "HTTP 500" in line for line in summary_lines(summary))
    assert crawl_at(url, hours=hours - 1).feeds[0].outcome is Outcome.PARKED  # reported although it is not asked
    assert len(server.asked("/feed")) == 4
    server.replies["/feed"] = reply(make_rss(RISES))
    crawl_at(url, hours=hours)
    assert (store.feeds[url].state, store.feeds[url].failures) == (FeedStatus.ACTIVE, 0)


def test_410_retires_a_feed_for_good(server: Any, reply: Any, store: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(status=410)
    url = server.url("/feed")
    assert crawl_at(url).feeds[0].outcome is Outcome.RETIRED
    assert store.feeds[url].state is FeedStatus.RETIRED
    assert crawl_at(url, hours=10_000).feeds[0].outcome is Outcome.RETIRED
    assert len(server.asked("/feed")) == 1


@pytest.mark.parametrize("status", [301, 308])
def test_permanent_redirect_changes_the_address(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any, status: int
) -> None:
    url = server.url("/old")
    server.replies["/old"] = reply(status=status, headers={"Location": "/new"})
    server.replies["/new"] = reply(b"<html><body>Nothing here</body></html>")
    assert crawl_at(url).feeds[0].outcome is Outcome.FAILED
    assert store.feeds[url].moved_to is None
    server.replies["/new"] = reply(make_rss(RISES))
    crawl_at(url, hours=2)
    assert store.feeds[url].moved_to == server.url("/new")
    crawl_at(url, hours=4)
    assert (len(server.asked("/old")), len(server.asked("/new"))) == (2, 3)


def test_temporary_redirect_changes_nothing(server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any) -> None:
    server.replies["/a"] = reply(status=302, headers={"Location": "/c"})
    server.replies["/b"] = reply(status=301, headers={"Location": "/a"})
    server.replies["/c"] = reply(make_rss(RISES))
    crawl_at(server.url("/a"), server.url("/b"))
    assert store.feeds[server.url("/a")].moved_to is None
    assert store.feeds[server.url("/b")].moved_to == server.url("/a")


def test_parked_feed_returns_to_configured_address(server: Any, reply: Any, store: Any, crawl_at: Any) -> None:
    url = server.url("/old")
    store.feeds[url] = FeedState(url, etag='"a"', failures=7, moved_to=server.url("/gone"))
    crawl_at(url)
    assert (store.feeds[url].state, store.feeds[url].moved_to) == (FeedStatus.PARKED, None)
    assert store.feeds[url].etag is None


def test_failures_are_named_and_stay_isolated(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss version="2.0">&b;</rss>'
    server.replies |= {
        "/good": reply(make_rss(RISES)),
        "/slow": reply(make_rss(RISES), drip=0.05),
        "/late": reply(make_rss(RISES), delay=6),
        "/large": reply(b"<rss>" + b" " * 300_000),
        "/bomb": reply(bomb),
        "/page": reply(b"<html><body>Sign in</body></html>", headers={"Content-Type": "text/html"}),
        "/empty": reply(b""),
        "/loop": reply(status=302, headers={"Location": "/loop2"}),
        "/loop2": reply(status=302, headers={"Location": "/loop"}),
        "/nowhere": reply(status=302),
        "/ftp": reply(status=302, headers={"Location": "ftp://example.org/feed"}),
        "/brotli": reply(b"x", headers={"Content-Encoding": "br"}),
        "/also": reply(make_rss(FALLS)),
    }
    paths = [path for path in server.replies if path != "/loop2"]
    summary = crawl_at(
        *(server.url(path, f"127.0.0.{n}") for n, path in enumerate(paths, 2)),
        "http://127.0.0.1:1/refused",
        fetch={"timeout_seconds": 2.0, "max_bytes": 100_000},
    )
    reasons = {feed.url.rpartition("/")[2]: feed.reason for feed in summary.feeds}
    assert (reasons.pop("good"), reasons.pop("also"), summary.new) == ("", "", 2)
    expected = {
        "slow": "longer than 2 s", "late": "longer than 2 s", "large": "larger than 100000 bytes",
        "bomb": "entities", "page": "HTML page", "empty": "not a feed: empty response", "loop": "redirect loop",
        "nowhere": "without a location", "ftp": "scheme 'ftp'", "brotli": "content encoding 'br'",
        "refused": "connect",
    }  # fmt: skip
    assert {name: reasons[name] for name, text in expected.items() if text not in reasons[name]} == {}
    listed = "\n".join(summary_lines(summary))
    assert all(reason in listed for reason in reasons.values())


@pytest.mark.parametrize("address", [
    "http://[half/feed", "http://]/feed", "http://example.org:99999/feed", "http://example.org:feed/",
    "example.org/feed", "//example.org/feed", "", " ", "http://", "http:///feed", "http://a b.example/feed",
    "http://exa\tmple .org/\x00",
    "http://\ud800.example/feed", "https://user:word@example.org/feed", "mailto:news@example.org", "http://.../feed",
    "http://xn--a.example/feed", "http://example.org/" + "x" * 9000, "file:///feed.xml", "file://[half/feed",
])  # fmt: skip
def test_a_malformed_address_costs_nothing(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any, address: str
) -> None:
    async def nobody(host: str, port: int) -> list[str]:
        if host == "127.0.0.1":
            return [host]
        raise OSError("no such name")

    server.replies["/feed"] = reply(make_rss(RISES))
    summary = crawl_at(address, server.url("/feed"), resolve=nobody)
    assert [feed.outcome for feed in summary.feeds] == [Outcome.FAILED, Outcome.OK]
    assert summary.feeds[0].reason and (summary.feeds[0].url, summary.new) == (address, 1)
    assert "\n".join(summary_lines(summary)).encode().decode().count("failed: ") == 1


def test_failing_store_ends_the_run(server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any) -> None:
    def broken(news: Any, reach: Any) -> int:
        raise OSError("disk full")

    server.replies["/feed"] = reply(make_rss(RISES))
    store.save_news = broken
    with pytest.raises(OSError, match="disk full"):
        crawl_at(server.url("/feed"))


def test_coverage_counts_read_of_due(server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any) -> None:
    server.replies |= {"/a": reply(make_rss(RISES)), "/b": reply(status=500), "/c": reply(make_rss(FALLS))}
    urls = [server.url(path) for path in ("/a", "/b", "/c")]
    crawl_at(urls[2])
    summary = crawl_at(*urls, hours=0.5)
    assert (summary.read, summary.due, summary.complete) == (1, 2, True)
    assert summary_lines(summary)[0] == "1 of 2 due feeds read"


def test_what_others_hold_is_reported(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies |= {"/a": reply(make_rss(RISES)), "/b": reply(make_rss(FALLS))}
    held = server.url("/b")
    store.save_feeds([FeedState(held, leased_until=now + timedelta(seconds=30))])
    claim = store.claim_feed
    monkeypatch.setattr(store, "claim_feed", lambda state, at: state.url != held and claim(state, at))
    summary = crawl_at(server.url("/a"), held, poll={"lease_seconds": 1})
    assert [feed.outcome for feed in summary.feeds] == [Outcome.OK, Outcome.IN_PROGRESS]
    assert (summary.read, summary.due, summary.complete, summary.failed) == (1, 2, False, 0)
    assert summary_lines(summary)[0] == "1 of 2 due feeds read"
    assert any(line.split() == ["feeds", "in", "progress", "1"] for line in summary_lines(summary))
    assert server.asked("/b") == []


def test_near_duplicates_across_feeds_are_audited(
    server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any
) -> None:
    server.replies["/a"] = reply(make_rss("Binance halts withdrawals of Bitcoin after a technical fault"))
    server.replies["/b"] = reply(make_rss("BREAKING: Binance halts Bitcoin withdrawals after technical fault"))
    summary = crawl_at(server.url("/a"), server.url("/b"))
    assert (summary.new, summary.dropped) == (1, {"near_duplicate": 1})
    assert [drop.reason for drop in store.dropped] == ["near_duplicate"]
    # A later run compares with what the store kept.
    server.replies["/c"] = reply(make_rss("Binance halts withdrawals of Bitcoin, after a technical fault"))
    assert crawl_at(server.url("/c"), hours=1).dropped == {"near_duplicate": 1}


def test_repeated_headline_counts_as_known(server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any) -> None:
    server.replies["/a"] = reply(make_rss(RISES))
    server.replies["/b"] = reply(make_rss(RISES.upper().replace("BITCOIN", "Bitcoin")))
    summary = crawl_at(server.url("/a"), server.url("/b"))
    assert (summary.new, summary.known, len(store.titles), store.dropped) == (1, 1, 1, [])
    summary = crawl_at(server.url("/a"), hours=2)
    assert (summary.seen, summary.new, summary.known) == (1, 0, 1)


def test_odd_entries_are_counted_not_guessed(server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any) -> None:
    extra = f"<item><title>{FALLS}</title></item><item><pubDate>Mon, 17 Aug 2026 10:00:00 GMT</pubDate></item>"
    server.replies["/feed"] = reply(make_rss(RISES, date="Tue, 18 Aug 2026 10:00:00 GMT", extra=extra))
    summary = crawl_at(server.url("/feed"))
    assert summary.counts == {"dated ahead": 1, "without date": 1, "without title": 1}
    assert [title.pub_time for title in store.titles.values()] == [title.fetched_at for title in store.titles.values()]


def test_announced_events_are_no_news(server: Any, reply: Any, make_rss: Any, store: Any, crawl_at: Any) -> None:
    later = f"<item><title>{FALLS}</title><pubDate>Mon, 7 Sep 2026 10:00:00 GMT</pubDate></item>"
    server.replies["/feed"] = reply(make_rss(RISES, extra=later))
    summary = crawl_at(server.url("/feed"))
    assert (summary.counts, summary.seen, summary.new) == ({"future date": 1}, 2, 1)


def test_undated_feed_is_a_failure(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(make_rss(RISES, FALLS, date="some day"))
    (report,) = crawl_at(server.url("/feed")).feeds
    assert (report.outcome, report.seen) == (Outcome.FAILED, 0)
    assert report.reason == "no entry has a date that can be read (2 have a title)"


def test_the_run_ends_with_one_table(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies["/a"] = reply(make_rss(RISES, "Is it over for Bitcoin now?", "Three words only"))
    rules = {"order": ["recent", "words", "not_question"]}
    lines = summary_lines(crawl_at(server.url("/a"), server.url("/missing"), filters=rules))
    values = {line[:24].strip(): line.split()[-1] for line in lines[:-1]}
    assert values["feeds ok"] == values["feeds failed"] == values["new"] == "1"
    assert (values["entries seen"], values["feeds 304"]) == ("3", "0")
    assert values["dropped: not_question"] == values["dropped: words"] == "1"
    assert lines[-1] == f"failed: {server.url('/missing')}: HTTP 404"


def test_robots_txt_is_read_once(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies["/robots.txt"] = reply(b"User-agent: *\nDisallow: /private\n")
    server.replies |= {path: reply(make_rss(RISES)) for path in ("/private/feed", "/feed", "/other")}
    paths = ["/private/feed", "/feed", "/other"]
    summary = crawl_at(*(server.url(path) for path in paths))
    assert [feed.outcome for feed in summary.feeds] == [Outcome.FAILED, Outcome.OK, Outcome.OK]
    assert "robots.txt" in summary.feeds[0].reason
    assert (len(server.asked("/robots.txt")), len(server.asked("/private/feed"))) == (1, 0)
    assert crawl_at(server.url("/private/feed"), hours=9, fetch={"robots": False}).new == 0  # asked, and known by now
    assert len(server.asked("/private/feed")) == 1


def test_failing_robots_txt_refuses_the_host(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies |= {"/robots.txt": reply(status=503), "/feed": reply(make_rss(RISES))}
    assert "robots.txt" in crawl_at(server.url("/feed")).feeds[0].reason
    assert server.asked("/feed") == []


def test_the_user_agent_says_who_asks(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies["/feed"] = reply(make_rss(RISES))
    crawl_at(server.url("/feed"), fetch={"contact": "https://example.org/bot"})
    agents = {request.headers["user-agent"] for request in server.requests}
    assert agents == {"crypto-news-barometer/0.1 (+https://example.org/bot; feed reader)"}


def test_requests_are_limited_per_host(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    hosts = ["127.0.0.2", "127.0.0.3"]
    server.replies |= {f"/{n}": reply(make_rss(RISES), delay=0.1) for n in range(6)}
    crawl_at(*(server.url(f"/{n}", host) for n in range(6) for host in hosts))
    assert [server.most_at_once[host] for host in hosts] == [2, 2]


def test_waiting_for_slots_is_not_timed(server: Any, reply: Any, make_rss: Any, crawl_at: Any) -> None:
    server.replies |= {f"/{n}": reply(make_rss(RISES), delay=0.5) for n in range(6)}
    summary = crawl_at(*(server.url(f"/{n}") for n in range(6)), fetch={"timeout_seconds": 1.2})
    assert summary.count(Outcome.OK) == 6


def test_each_feed_is_reported_when_done(server: Any, reply: Any, make_rss: Any, store: Any) -> None:
    server.replies["/feed"] = reply(make_rss(RISES))
    values = {"addresses": [server.url("/feed")], "fetch": {"allow_hosts": ["127.0.0.1"]}}
    reports: list[Any] = []
    summary = crawl_feeds(FeedsSettings.model_validate(values), store, reports.append)
    assert tuple(reports) == summary.feeds


def test_unknown_filter_is_refused_before_requests(server: Any, crawl_at: Any) -> None:
    with pytest.raises(SettingsError, match=r"filters\.order: unknown funny; expected some of recent, words"):
        crawl_at(server.url("/feed"), filters={"order": ["funny"]})
    assert server.requests == []
