"""Lists of feeds as OPML: written, read back, and read as the wild has them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.live.add_feeds import extended, sort_feeds
from barometer.live.opml import MAX_BYTES, OpmlError, Outline, read_opml, write_opml
from barometer.live.settings import FeedAddress, FeedsSettings

WILD = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE OPML>
<OPML version="1.1"><BODY>
 <outline text="folder"><outline TEXT="Caf\xe9 &amp;amp; Co" XMLURL=" https://a.example/feed " type="RSS"/>
  <outline text="deeper"><Outline title="Second" text="no" xmlUrl="http://b.example/?x=1&amp;y=2"/></outline>
 </outline>
 <outline text="page" type="link" url="https://c.example"/><outline xmlurl="https://a.example/feed"/>
</BODY></OPML>"""


def test_wild_file_is_read() -> None:
    found = [outline.url for outline in read_opml(WILD)]
    assert found == ["https://a.example/feed", "http://b.example/?x=1&y=2"]
    assert read_opml(WILD)[1].title == "Second"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not OPML: no element found"),
        (b"not xml", "not OPML: syntax error"),
        (b"<rss><channel/></rss>", "not OPML: the first element is <rss>"),
        (b'<?xml version="1.0" encoding="nonsense"?><opml/>', "not OPML: "),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml>&a;</opml>', "declares XML entities"),
        (b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml>&a;</opml>', "declares XML entities"),
        (b" " * (MAX_BYTES + 1), "larger than 2 MB"),
    ],
)
def test_other_files_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(OpmlError, match=reason):
        read_opml(content)


def test_deep_nesting_is_read() -> None:
    depth = 50_000
    content = b"<opml>" + b"<outline>" * depth + b'<outline xmlUrl="https://a.example"/>' + b"</outline>" * depth
    assert read_opml(content + b"</opml>") == [Outline("https://a.example", "")]


def test_address_that_none_has_stays_out() -> None:
    feeds = [
        FeedAddress(url="ftp://a.example"),
        FeedAddress(url="https://a.example/\ufffe"),
        FeedAddress(url="https://b.example"),
    ]
    text, refused = write_opml(feeds)
    assert [outline.url for outline in read_opml(text.encode())] == ["https://b.example"]
    assert len(refused) == 2


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(FeedAddress, url=_TEXT.map("https://a.example/?q={}".format), source=_TEXT),
        unique_by=lambda feed: feed.url,
    )
)
def test_exported_feeds_import_the_same(feeds: list[FeedAddress]) -> None:
    text, refused = write_opml(feeds)
    found = sort_feeds(read_opml(text.encode()), FeedsSettings(addresses=()))
    assert [feed.url for feed in found.new] == [feed.url.strip() for feed in feeds if not _left_out(feed.url, refused)]
    assert found.refused == []
    assert extended("addresses: []\n", found.new) is not None


def _left_out(url: str, refused: list[str]) -> bool:
    return f"broken address: {url!a}" in refused
