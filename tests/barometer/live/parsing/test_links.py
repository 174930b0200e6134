"""The addresses of articles."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.parsing.links import own_link, safe_link

BASE = "https://paper.example/feeds/all.xml"


@given(st.text(max_size=40))
def test_safe_link_is_http_with_host(raw: str) -> None:
    for text in (raw, f"http://{raw}", f"https://example.org/{raw}", f"//{raw}"):
        link = safe_link(text, BASE)
        assert link == "" or (re.fullmatch(r"https?://[!-~]+", link, re.IGNORECASE) and urlsplit(link).hostname)
        assert safe_link(link) == link


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        ("/markets/gold", "https://paper.example/markets/gold"),
        ("gold", "https://paper.example/feeds/gold"),
        ("../gold?a=b#c", "https://paper.example/gold?a=b#c"),
        ("//cdn.example/gold", "https://cdn.example/gold"),
        ("http://News.example/Gold", "http://News.example/Gold"),
        ("https://news.example/gold bars/ö?q=a b&r=%20", "https://news.example/gold%20bars/%C3%B6?q=a%20b&r=%20"),
        ("https://news.example/100%/<b>", "https://news.example/100%25/%3Cb%3E"),
        ("https://news.example/go\n   ld", "https://news.example/gold"),
        (" \n https://news.example/gold\t", "https://news.example/gold"),
        ("https://bücher.example:8080/ü", "https://xn--bcher-kva.example:8080/%C3%BC"),
        ("https://[2001:db8::1]/gold", "https://[2001:db8::1]/gold"),
        ("https://user@news.example/", "https://user@news.example/"),
        ("https://good.example\\@evil.example/", ""),
        ("https://two words.example/", ""),
        ("https://news.example:notaport/", ""),
        ("https:///gold", ""),
        ("https:gold", ""),
        ("#gold", ""),
        ("", ""),
        ("javascript:alert(1)", ""),
        ("mailto:desk@paper.example", ""),
        ("urn:uuid:1", ""),
        ("https://news.example/\0", ""),
        ("https://news.example/" + "ü" * 400, ""),
    ],
)
def test_addresses_are_absolute_and_encoded(raw: str, link: str) -> None:
    assert safe_link(raw, BASE) == link


@pytest.mark.parametrize(
    ("links", "own"),
    [
        ([("replies", "text/html", "/talk"), ("alternate", "text/html", "/gold")], "/gold"),
        ([("alternate", "application/pdf", "/gold.pdf"), ("alternate", "text/html", "/gold")], "/gold"),
        ([("alternate", "application/atom+xml", "/gold.atom"), ("", "", "/gold")], "/gold"),
        ([("enclosure", "audio/mpeg", "/gold.mp3"), ("self", "application/atom+xml", "/gold.atom")], ""),
        ([("canonical", "", "/gold"), ("edit", "", "/edit/gold")], "/gold"),
        ([("alternate", "text/html", "data:,x"), ("alternate", "text/html; charset=utf-8", "/gold")], "/gold"),
        ([("http://www.iana.org/assignments/relation/alternate", "", "/gold")], "/gold"),
        ([("alternate", "text/html", "/first"), ("alternate", "text/html", "/second")], "/first"),
        ([("alternate", "text/html", None)], ""),
    ],
)
def test_own_link_is_the_article(links: list[tuple[str, str, str | None]], own: str) -> None:
    rows = [dict(zip(("rel", "type", "href"), link, strict=True)) for link in links]
    assert own_link(rows, BASE) == (own and f"https://paper.example{own}")
