"""The barometer of each day as feeds: RSS 2.0 and JSON Feed 1.1. An item is a day that is over, in UTC."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

from serve.api.data_schemas import Reading
from serve.api.words import count_words, interval_points

DESCRIPTION = "How positive crypto news was each day: the share of positive headlines, estimated, 0 to 100."


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """Addresses that a feed names: its own, the page it belongs to, and what the details of days are asked from."""

    own: str
    page: str
    details: str


@dataclass(frozen=True, slots=True)
class _Item:
    identity: str
    title: str
    text: str
    url: str
    reading: Reading


def _title(coin: str) -> str:
    return f"Crypto news barometer{f': {coin}' if coin else ''}"


def _items(days: Sequence[Reading], coin: str, links: FeedLinks) -> list[_Item]:
    return [_item(day, day.score, coin, links) for day in days if day.score is not None]


def _item(day: Reading, score: float, coin: str, links: FeedLinks) -> _Item:
    low, high = interval_points(day)
    only = f"&coin={coin}" if coin else ""
    return _Item(
        identity=f"crypto-news-barometer:{day.since:%Y-%m-%d}{f':{coin}' if coin else ''}",
        title=f"{day.since.day} {day.since:%B %Y}: {score:g} of 100",
        text=f"Share of positive headlines {score:g} of 100, 95 % interval {low} to {high}, {count_words(day.count)}.",
        url=f"{links.details}?hours=24&until={day.until:%Y-%m-%dT%H:%M:%SZ}{only}",
        reading=day,
    )


def rss(days: Sequence[Reading], coin: str, links: FeedLinks) -> bytes:
    """RSS 2.0 of whole days, newest first; `coin` is the ticker that is meant, empty for all headlines."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": "http://www.w3.org/2005/Atom"})
    channel = ET.SubElement(root, "channel")
    items = _items(days, coin, links)
    for name, text in (("title", _title(coin)), ("link", links.page), ("description", DESCRIPTION), ("language", "en")):
        ET.SubElement(channel, name).text = text
    if items:
        ET.SubElement(channel, "lastBuildDate").text = format_datetime(items[0].reading.until, usegmt=True)
    ET.SubElement(channel, "ttl").text = "60"  # minutes
    ET.SubElement(channel, "atom:link", {"rel": "self", "type": "application/rss+xml", "href": links.own})
    for item in items:
        element = ET.SubElement(channel, "item")
        for name, text in (("title", item.title), ("link", item.url), ("description", item.text)):
            ET.SubElement(element, name).text = text
        ET.SubElement(element, "guid", {"isPermaLink": "false"}).text = item.identity
        ET.SubElement(element, "pubDate").text = format_datetime(item.reading.until, usegmt=True)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def json_feed(days: Sequence[Reading], coin: str, links: FeedLinks) -> bytes:
    """JSON Feed 1.1 of the same days; numbers are in `_barometer` of each item."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(coin),
        "description": DESCRIPTION,
        "home_page_url": links.page,
        "feed_url": links.own,
        "language": "en",
        "items": [_json_item(item) for item in _items(days, coin, links)],
    }
    return json.dumps(feed).encode()


def _json_item(item: _Item) -> dict[str, Any]:
    numbers = item.reading.model_dump(mode="json", include={"value", "score", "interval", "count"})
    return {
        "id": item.identity,
        "url": item.url,
        "title": item.title,
        "content_text": item.text,
        "date_published": item.reading.until.isoformat(),
        "_barometer": numbers,
    }
