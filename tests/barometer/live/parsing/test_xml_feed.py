"""RSS, RDF, Atom and CDF: links, identifiers, encodings and entities, well-formed or not."""

from datetime import UTC, datetime

import pytest

from barometer.live.parsing.parse import Entry, ParsedFeed, ParseError, parse_feed

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
MOMENT = datetime(2026, 8, 17, 8, tzinfo=UTC)
BASE = "https://paper.example/feeds/all"
DATE = "<pubDate>17 Aug 2026 08:00 GMT</pubDate>"
UPDATED = "<updated>2026-08-17T08:00:00Z</updated>"


def parse(text: str | bytes, content_type: str = "application/xml") -> ParsedFeed:
    body = text.encode() if isinstance(text, str) else text
    return parse_feed(body, {"content-type": content_type}, BASE, NOW)


def rss(items: str, head: str = "") -> str:
    return f'{head}<rss version="2.0" xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0"><channel>{items}</channel></rss>'


def atom(entries: str, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{entries}</feed>'


def both_ways(text: str) -> list[ParsedFeed]:
    """By the strict parser, and, with a reference that XML does not know, by the one that forgives."""
    return [parse(text), parse(text.replace("Gold rises", "Gold&nbsp;rises"))]


@pytest.mark.parametrize(
    ("parts", "url", "guid"),
    [
        ("<link>/gold</link><guid>g-1</guid>", "https://paper.example/gold", "g-1"),
        ("<guid>https://paper.example/gold</guid>", "https://paper.example/gold", "https://paper.example/gold"),
        ("<guid isPermaLink='false'>https://paper.example/gold</guid>", "", "https://paper.example/gold"),
        ("<guid isPermaLink='False'>https://paper.example/gold</guid>", "", "https://paper.example/gold"),
        ("<guid>g-1</guid>", "", "g-1"),
        (
            "<guid>https://a.example/1</guid><link>https://b.example/</link>",
            "https://b.example/",
            "https://a.example/1",
        ),
        ("<enclosure url='https://cdn.example/gold.mp3' type='audio/mpeg'/>", "", ""),
        ("<link>https://r.example/1</link><fb:origLink>https://a.example/</fb:origLink>", "https://a.example/", ""),
        ("<comments>https://a.example/talk</comments><source url='https://b.example/'>B</source>", "", ""),
        ("<link>https://a.example/?a=1&amp;b=2</link>", "https://a.example/?a=1&b=2", ""),
    ],
)
def test_rss_links_are_the_article(parts: str, url: str, guid: str) -> None:
    for feed in both_ways(rss(f"<item><title>Gold rises</title>{parts}{DATE}</item>")):
        assert feed.entries == (Entry("Gold rises", url, MOMENT, guid),)


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ('<link href="gold"/>', "https://site.example/2026/08/gold"),
        ('<link href="/gold"/>', "https://site.example/gold"),
        ('<link xml:base="https://other.example/" href="gold"/>', "https://other.example/gold"),
        ('<link rel="replies" href="talk"/><link href="gold"/>', "https://site.example/2026/08/gold"),
        ('<link rel="related" href="silver"/><link rel="self" href="gold.atom"/><link rel="edit" href="e"/>', ""),
        ('<link rel="enclosure" href="gold.mp3"/>', ""),
        ('<link href="/gold"/><link rel="enclosure" type="image/png">https://cdn.example/g.png</link>',
         "https://site.example/gold"),
        ('<link type="application/json" href="/gold.json"/><link type="text/html" href="/gold"/>',
         "https://site.example/gold"),
        ('<source><link href="https://source.example/"/></source>', ""),
        ("", ""),
    ],
)  # fmt: skip
def test_atom_links_are_the_article(links: str, url: str) -> None:
    entry = f'<entry xml:base="08/"><title>Gold rises</title><id>https://id.example/1</id>{links}{UPDATED}</entry>'
    after = f'<entry><title>Tin falls</title><link href="tin"/>{UPDATED}</entry>'
    for feed in both_ways(atom(entry + after, 'xml:base="https://site.example/2026/"')):
        assert feed.entries[0] == Entry("Gold rises", url, MOMENT, "https://id.example/1")
        assert feed.entries[1].url == "https://site.example/2026/tin"


def test_rdf_is_read() -> None:
    text = """<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://paper.example/"><title>Paper</title>
    </channel><item rdf:about="https://paper.example/gold?from=rdf"><title>Gold rises</title>
    <link>https://paper.example/gold</link><dc:date>2026-08-17T10:00:00+02:00</dc:date></item></rdf:RDF>"""
    for feed in both_ways(text):
        (entry,) = feed.entries
        assert entry == Entry("Gold rises", "https://paper.example/gold", MOMENT, "https://paper.example/gold?from=rdf")


def test_cdf_is_read() -> None:
    text = """<CHANNEL HREF="https://paper.example/"><TITLE>Paper</TITLE>
    <ITEM HREF="https://paper.example/gold" LASTMOD="2026-08-17T08:00Z"><TITLE>Gold rises</TITLE></ITEM></CHANNEL>"""
    for feed in both_ways(text):
        assert feed.entries == (Entry("Gold rises", "https://paper.example/gold", MOMENT),)


@pytest.mark.parametrize("old", ["0.91", "0.92"])
def test_old_rss_with_doctype_is_read(old: str) -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss.dtd">'
    item = f"<item><title>Caf&eacute; buys gold</title>{DATE}</item>"
    text = f'<?xml version="1.0"?>{doctype}<rss version="{old}"><channel>{item}</channel></rss>'
    assert [entry.title for entry in parse(text).entries] == ["Café buys gold"]


WIDE = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
HEADS = [
    "",
    "\n ",
    '<?xml version="1.0"?>',
    '<?xml version="1.0" encoding="utf-16"?>',
    "<?xml version='1.0' encoding='utf-8'?>",
]


@pytest.mark.parametrize("content_type", ["", "text/xml", "application/rss+xml; charset=utf-8", "text/plain"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("encoding", WIDE)
def test_wide_encodings_need_no_name(encoding: str, head: str, mark: str, content_type: str) -> None:
    for title in ("Gold rises", "Zürich kauft 金"):
        text = rss(f"<item><title>{title}</title>{DATE}</item>", mark + head)
        assert [entry.title for entry in parse(text.encode(encoding), content_type).entries] == [title]


@pytest.mark.parametrize("name", ["utf-16", "UTF-16LE", "utf-32", "ISO-10646-UCS-2"])
def test_narrow_text_is_not_wide(name: str) -> None:
    item = f"<item><title>Zürich rises </title>{DATE}</item>"
    for text in (rss(item, f'<?xml version="1.0" encoding="{name}"?>'), rss(item)):
        for odd in ("", " "):  # an even and an odd number of bytes
            feed = parse(text + odd, f"application/xml; charset={name}" if text.startswith("<rss") else "text/xml")
            assert [entry.title for entry in feed.entries] == ["Zürich rises"]


ENCODINGS = ["utf-8", "utf-8-sig", *WIDE, "utf-16", "iso-8859-1"]
ENTITY = '<!ENTITY gold "Gold">'


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("", f"Gold <![CDATA[{ENTITY}]]> rises"),
        (f"<!-- {ENTITY} -->", "Gold <!-- <!ENTITY --> rises"),
        (f'<!DOCTYPE rss SYSTEM "x.dtd" [<!-- {ENTITY} -->]>', "Gold rises"),
        (f"stray text <!-- {ENTITY} -->", f"Gold <![CDATA[{ENTITY}]]> rises"),
    ],
)
def test_mentioned_entities_are_text(head: str, title: str, encoding: str) -> None:
    text = rss(f"<item><title>{title}</title>{DATE}</item>", head)
    assert [entry.title for entry in parse(text.encode(encoding)).entries] == ["Gold rises"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "head",
    [
        f"<!DOCTYPE rss [{ENTITY}]>",
        f'<!DOCTYPE rss SYSTEM "<!--" [{ENTITY}]><!-- -->',
        f"<!DOCTYPE rss [<!-- ' -->{ENTITY}<!-- ' -->]>",
        '<!DOCTYPE rss [<!ENTITY % gold "Gold">]>',
        '<!DOCTYPE rss [<!ENTITY gold SYSTEM "file:///etc/hostname">]>',
        f"<!-- x --><?pi <!-- ?><!DOCTYPE rss [{ENTITY}]>",
        f"stray text<!DOCTYPE rss [<![CDATA[ ]]>{ENTITY}]>",
        f"<!DOCTYPE rss [<!- {ENTITY} ->",
    ],
)
def test_declared_entities_are_refused(head: str, encoding: str) -> None:
    text = rss(f"<item><title>&gold; rises</title>{DATE}</item>", head)
    with pytest.raises(ParseError, match=r"^declares XML entities$"):
        parse(text.encode(encoding))


@pytest.mark.parametrize(
    "item",
    [
        "<description><![CDATA[<p style='a" + " " * 50_000 + "!'>x</p>]]></description>",
        "<author>" + "a" * 70_000 + "</author>",
        "<category>gold</category>" * 5_000,
        "<description>" + "&lt;p&gt;" * 20_000 + "</description>",
    ],
)
@pytest.mark.timeout(60)  # some took hours
def test_what_is_unused_costs_nothing(item: str) -> None:
    feed = parse(rss(f"<item><title>Gold rises</title>{DATE}{item}</item>"))
    assert [entry.title for entry in feed.entries] == ["Gold rises"]
