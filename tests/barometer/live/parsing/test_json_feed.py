"""JSON Feed, as served under any type, and JSON that is none or hostile."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.parsing.parse import Entry, ParsedFeed, ParseError, parse_feed

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
DATE = "2026-08-17T10:00:00+02:00"


def parse(body: bytes, content_type: str = "application/feed+json", max_entries: int = 500) -> ParsedFeed:
    return parse_feed(body, {"content-type": content_type}, "https://desk.example/feeds/all.json", NOW, max_entries)


def feed_of(*items: Any, version: str = "https://jsonfeed.org/version/1.1") -> bytes:
    return json.dumps({"version": version, "title": "Desk", "items": items}).encode()


@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1"])
@pytest.mark.parametrize("content_type", ["application/feed+json", "application/json", "application/rss+xml", ""])
def test_an_item_is_read(version: str, content_type: str) -> None:
    item = {"id": "a-1", "url": "../gold bars", "title": "Gold &amp; <b>silver</b> rise", "date_published": DATE}
    assert parse(feed_of(item, version=version), content_type).entries == (
        Entry("Gold & silver rise", "https://desk.example/gold%20bars", datetime(2026, 8, 17, 8, tzinfo=UTC), "a-1"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-le"])
def test_json_is_read_in_every_encoding(encoding: str) -> None:
    text = feed_of({"id": 1, "title": "Zürich buys gold", "date_published": DATE}).decode()
    text = json.dumps(json.loads(text), ensure_ascii=False)
    assert [entry.title for entry in parse(f" \n{text}".encode(encoding)).entries] == ["Zürich buys gold"]


@pytest.mark.parametrize(("identifier", "guid"), [(7, "7"), (2.50, "2.5"), ("7 ", "7"), (None, ""), ([7], "")])
def test_identifiers_are_text(identifier: Any, guid: str) -> None:
    item = {"id": identifier, "title": "Gold rises", "date_published": DATE}
    assert [entry.guid for entry in parse(feed_of(item)).entries] == [guid]


def test_missing_parts_are_counted() -> None:
    items = [
        {"id": "1", "title": "Gold rises", "date_modified": "2026-08-17T09:00Z", "external_url": "https://x.example/"},
        {"id": "2", "content_text": "A note", "date_published": DATE},
        {"id": "3", "title": 3, "date_published": DATE},
        {"id": "4", "title": "Silver rises", "date_published": 1755424800},
        {"id": "5", "title": "Copper rises", "date_published": "2026-09-17T09:00:00Z"},
        "no object",
        {"id": "7", "title": "Tin rises", "date_published": DATE},
    ]
    feed = parse(feed_of(*items), max_entries=6)
    assert [(entry.title, entry.url, entry.pub_time.hour) for entry in feed.entries] == [("Gold rises", "", 9)]
    assert (feed.without_title, feed.without_date, feed.future, feed.beyond, feed.seen) == (3, 1, 1, 1, 7)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"version": "1.1", "items": []}', "not a feed: application/json"),
        (b'{"version": 1, "items": []}', "not a feed: application/json"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', "whose items are dict; expected list"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "whose items are NoneType; expected list"),
        (b'{"version": ', "cannot be parsed"),
        (b'{"a":' + b"[" * 200_000, "nested too deep"),
        (b'{"a":' * 200_000, "nested too deep"),
        (b'{"id": ' + b"9" * 5000 + b"}", "number of 5000 digits"),
        (b'{"id": 1' + b"0" * 500 + b".5}", "number of 503 digits"),
        (b'{"id": 1, "id": 2}', "names a key twice"),
        (b'{"id": NaN}', "NaN is not JSON"),
        (b'{"id": -Infinity}', "-Infinity is not JSON"),
    ],
)
def test_other_json_is_refused(body: bytes, problem: str) -> None:
    with pytest.raises(ParseError, match=problem):
        parse(body)


@given(st.binary(max_size=60), st.sampled_from(["title", "id", "url", "date_published"]))
def test_any_value_raises_only_parse_error(noise: bytes, key: str) -> None:
    head = (
        b'{"version": "https://jsonfeed.org/version/1", "items": [{"title": "Gold", "date_published": "2026-08-17", "'
    )
    try:
        feed = parse(head + key.encode() + b'x": "' + noise + b'"}]}')
    except ParseError:
        return
    assert [entry.title for entry in feed.entries] in ([], ["Gold"])


def test_nothing_unstorable_is_kept() -> None:
    body = feed_of({"id": "a\0b\ud800c" + "x" * 9000, "title": "Gold\0 ri\ud800ses", "date_published": DATE})
    (entry,) = parse(body).entries
    assert (entry.title, entry.guid[:5], len(entry.guid)) == ("Gold ri\ufffdses", "a b c", 2048)
