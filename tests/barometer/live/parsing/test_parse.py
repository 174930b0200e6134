"""Feeds and titles as plain text, entries and dates."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.live.parsing.parse import Entry, ParsedFeed, ParseError, parse_feed

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
DATE = "<pubDate>Mon, 17 Aug 2026 10:00:00 +0200</pubDate>"


def parse(body: bytes, content_type: str = "application/rss+xml") -> ParsedFeed:
    return parse_feed(body, {"content-type": content_type}, "https://example.org/feed", NOW)


def feed_of(items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return f'{head}<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'


def title_of(item: str) -> str:
    return parse(feed_of(f"<item>{item}{DATE}</item>").encode()).entries[0].title


def test_an_rss_entry_is_read() -> None:
    item = f"<item><title>Bitcoin rises</title><link>https://example.org/a</link>{DATE}</item>"
    assert parse(feed_of(item).encode()).entries == (
        Entry("Bitcoin rises", "https://example.org/a", datetime(2026, 8, 17, 8, tzinfo=UTC)),
    )


@pytest.mark.parametrize(("stamp", "hour"), [("<published>2026-08-17T09:00:00Z</published>", 9), ("", 11)])
def test_atom_dates_published_else_updated(stamp: str, hour: int) -> None:
    atom = f"""<feed xmlns="http://www.w3.org/2005/Atom"><entry>
    <title type="html">&lt;b&gt;Bitcoin&lt;/b&gt; rises</title>
    <link href="/a"/>{stamp}<updated>2026-08-17T11:00:00Z</updated></entry></feed>"""
    (entry,) = parse(atom.encode(), "application/atom+xml").entries
    assert entry == Entry("Bitcoin rises", "https://example.org/a", datetime(2026, 8, 17, hour, tzinfo=UTC))


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("<title>A &amp;amp; B &amp;lt;b&amp;gt;rise&amp;lt;/b&amp;gt;</title>", "A & B rise"),
        ("<title><![CDATA[<p>Bitcoin<br/>rises</p><script>alert(1)</script>]]></title>", "Bitcoin rises"),
        ("<title>Bitcoin &lt; $60K &amp; falling</title>", "Bitcoin < $60K & falling"),
        ("<title>Bitcoin&#8217;s &#x201c;rise&#x201d;&#160;ends</title>", 'Bitcoin\'s "rise" ends'),
        ("<title>Bitcoin&#x202e;\u200b rises</title>", "Bitcoin rises"),
        ("<title>\n  Bitcoin\t rises \n</title>", "Bitcoin rises"),
    ],
)
def test_titles_are_text(raw: str, title: str) -> None:
    assert title_of(raw) == title


def test_long_titles_are_cut() -> None:
    assert len(title_of(f"<title>{'word ' * 1000}</title>")) == 511
    assert len(title_of(f"<title>{'rising ' * 1000}</title>")) == 510  # the 511th is a space
    assert len(title_of("<title>" + "\ufdfa" * 500 + "</title>")) == 511  # one sign that NFKC makes 18 of


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.org/a?b=c&amp;d=e", "https://example.org/a?b=c&d=e"),
        ("/relative", "https://example.org/relative"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("ftp://example.org/a", ""),
        ("file:///etc/passwd", ""),
        ("https://[broken", ""),
        ("https://example.org/" + "a" * 3000, ""),
        ("//other.example/a b", "https://other.example/a%20b"),
    ],
)
def test_links_are_http_or_nothing(link: str, kept: str) -> None:
    item = f"<item><title>Bitcoin rises</title><link>{link}</link>{DATE}</item>"
    assert parse(feed_of(item).encode()).entries[0].url == kept


@pytest.mark.parametrize(
    ("ahead", "counts"),
    [
        (timedelta(0), (1, 0, 0)),
        (timedelta(seconds=1), (1, 1, 0)),
        (timedelta(days=1), (1, 1, 0)),
        (timedelta(days=1, seconds=1), (0, 0, 1)),
        (timedelta(days=5000), (0, 0, 1)),
    ],
)
def test_later_dates_are_now_or_dropped(ahead: timedelta, counts: tuple[int, int, int]) -> None:
    item = f"<item><title>Bitcoin rises</title><pubDate>{(NOW + ahead).isoformat()}</pubDate></item>"
    feed = parse(feed_of(item).encode())
    assert (len(feed.entries), feed.ahead, feed.future) == counts
    assert {entry.pub_time for entry in feed.entries} <= {NOW}
    assert feed.seen == 1


UNDATED = ["", "<pubDate>soon</pubDate>", "<pubDate/>", f"<pubDate>{'x' * 400}</pubDate>", "<pubDate>2026</pubDate>"]


@pytest.mark.parametrize("date", [*UNDATED, "<pubDate>03/04/2026 10:00</pubDate>"])
def test_undated_entries_are_counted(date: str) -> None:
    dated = f"<item><title>Ether falls</title>{DATE}</item>"
    feed = parse(feed_of(f"<item><title>Bitcoin rises</title>{date}</item>{dated}").encode())
    assert ([entry.title for entry in feed.entries], feed.without_date, feed.seen) == (["Ether falls"], 1, 2)


@pytest.mark.parametrize("date", UNDATED)
def test_feeds_without_dates_are_refused(date: str) -> None:
    channel = "<lastBuildDate>Mon, 17 Aug 2026 10:00:00 GMT</lastBuildDate>"
    with pytest.raises(ParseError, match=r"^no entry has a date that can be read \(1 have a title\)$"):
        parse(feed_of(f"{channel}<item><title>Bitcoin rises</title>{date}</item>").encode())


def test_feed_without_entries_is_fine() -> None:
    assert parse(feed_of("").encode()) == ParsedFeed()


@pytest.mark.parametrize(
    ("dates", "hour"),
    [
        ("<updated>2026-08-17T11:00:00Z</updated><published>2026-08-17T09:00:00Z</published>", 9),
        ("<dc:date>2026-08-17T08:00:00Z</dc:date><pubDate>17 Aug 2026 09:00 GMT</pubDate>", 9),
        ("<dcterms:modified>2026-08-17T11:00Z</dcterms:modified><dc:date>2026-08-17T08:00Z</dc:date>", 8),
        ("<dcterms:created>2026-08-17T07:00Z</dcterms:created><updated>2026-08-17T11:00Z</updated>", 7),
        ("<created>2026-08-17T07:00Z</created>", 7),
        ("<modified>2026-08-17T11:00Z</modified><issued>2026-08-17T06:00Z</issued>", 6),
        ("<pubDate>last week</pubDate><updated>2026-08-17T11:00Z</updated>", 11),
        ("<source><updated>2026-08-17T01:00Z</updated></source><updated>2026-08-17T11:00Z</updated>", 11),
        ("<pubDate>2026/8/17 05:00 EDT</pubDate>", 9),
        ("<expirationDate>2026-08-17T01:00Z</expirationDate><dc:date>2026-08-17T08:00Z</dc:date>", 8),
    ],
)
def test_the_best_readable_date_counts(dates: str, hour: int) -> None:
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    feed = feed_of(f"<item><title>Bitcoin rises</title>{dates}</item>").replace("<rss ", f"<rss {names} ")
    for body in (feed, feed.replace("</channel>", "</chanel>")):  # the second is for the parser that forgives
        assert [entry.pub_time.hour for entry in parse(body.encode()).entries] == [hour]


@pytest.mark.parametrize("title", ["", "<title/>", "<title>&lt;img src=x&gt;</title>", "<title> &#8203; </title>"])
def test_entries_without_a_title_are_counted(title: str) -> None:
    feed = parse(feed_of(f"<item>{title}<description>Bitcoin rises</description>{DATE}</item>").encode())
    assert (feed.entries, feed.without_title) == ((), 1)


def test_entries_beyond_the_limit_are_counted() -> None:
    items = "".join(f"<item><title>Bitcoin rises {n}</title>{DATE}</item>" for n in range(5))
    feed = parse_feed(feed_of(items).encode(), {}, "https://example.org", NOW, max_entries=2)
    assert ([entry.title[-1] for entry in feed.entries], feed.beyond, feed.seen) == (["0", "1"], 3, 5)


@pytest.mark.parametrize(
    ("declared", "content_type", "actual"),
    [
        ("utf-8", "text/xml", "utf-8"),  # by RFC 3023 that would be ASCII
        ("utf-8", "application/xml; charset=iso-8859-1", "iso-8859-1"),
        ("utf-8", "application/xml", "windows-1252"),
        ("us-ascii", "text/html; charset=us-ascii", "utf-8"),
        ("no-such-charset", "application/xml; charset=nonsense", "utf-8"),
        ("utf-16", "application/xml", "utf-16"),
    ],
)
def test_a_wrong_charset_is_survived(declared: str, content_type: str, actual: str) -> None:
    text = feed_of(
        f"<item><title>Café Zürich buys Bitcoin</title>{DATE}</item>", f'<?xml version="1.0" encoding="{declared}"?>'
    )
    assert parse(text.encode(actual), content_type).entries[0].title == "Café Zürich buys Bitcoin"


def test_truncated_feed_gives_its_entries() -> None:
    whole = feed_of(f"<item><title>Bitcoin rises</title>{DATE}</item><item><title>Ether falls</title>{DATE}</item>")
    titles = [entry.title for entry in parse(whole[: whole.index("Ether")].encode()).entries]
    assert titles[0] == "Bitcoin rises"


def test_markup_that_is_not_xml_parses() -> None:
    body = feed_of(f"<item><title>AT&T and Bitcoin <3 rise &nbsp; again</title>{DATE}</item>").encode()
    assert parse(body).entries[0].title.endswith("and Bitcoin <3 rise again")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32", "cp037", "utf-7"])
def test_entity_bombs_are_refused_everywhere(encoding: str) -> None:
    levels = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [<!ENTITY x0 "ha">{levels}]>' + feed_of(
        f"<item><title>&x9;</title>{DATE}</item>", ""
    )
    started = time.process_time()
    with pytest.raises(ParseError, match=r"entities|no feed|readable"):
        parse(bomb.encode(encoding), f"application/xml; charset={encoding}")
    assert time.process_time() - started < 2


def test_an_external_entity_reads_no_file(tmp_path: Any) -> None:
    (tmp_path / "secret").write_text("secret words")
    doctype = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    with pytest.raises(ParseError, match="declares XML entities"):
        parse((doctype + feed_of(f"<item><title>&x;</title>{DATE}</item>", "")).encode())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not a feed: empty response"),
        (b"  \n", "not a feed: empty response"),
        (b"<!DOCTYPE html><html><body>Just a moment...</body></html>", "not a feed: HTML page"),
        (b'{"items": []}', "not a feed: application/json"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a feed"),
    ],
)
def test_other_content_is_named(body: bytes, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        parse(body, "application/json")


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["application/xml", "text/html; charset=utf-7", "", "text/xml;charset=idna"]),
)
def test_any_bytes_raise_only_parse_error(noise: bytes, content_type: str) -> None:
    for body in (noise, b'<rss version="2.0"><channel><item><title>' + noise + b"</title></item></channel></rss>"):
        try:
            feed = parse(body, content_type)
        except ParseError:
            continue
        assert all(0 < len(entry.title) <= 511 for entry in feed.entries)
