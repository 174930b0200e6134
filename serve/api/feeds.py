"""The barometer of each day as feeds: RSS 2.0 and JSON Feed 1.1. An item is a day that is over, in UTC."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from serve.api.data_schemas import Reading
from serve.api.words import count_words
from serve.markup import render

DESCRIPTION = "How positive crypto news was each day: the estimated share of positive headlines, 0 to 100."


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """Addresses in a feed: its own, the page it belongs to, and the resource with the details of a day."""

    own: str
    page: str
    details: str


@dataclass(frozen=True, slots=True)
class _Item:
    identity: str
    title: str
    text: str
    url: str
    date: str
    reading: Reading


def _title(coin: str) -> str:
    return f"Crypto news barometer{f': {coin}' if coin else ''}"


def _items(days: Sequence[Reading], coin: str, links: FeedLinks) -> list[_Item]:
    return [_item(day, day.score, coin, links) for day in days if day.score is not None]


def _item(day: Reading, score: float, coin: str, links: FeedLinks) -> _Item:
    low, high = day.ends
    only = f"&coin={coin}" if coin else ""
    return _Item(
        identity=f"crypto-news-barometer:{day.since:%Y-%m-%d}{f':{coin}' if coin else ''}",
        title=f"{day.since.day} {day.since:%B %Y}: {score:g} of 100",
        text=f"Share of positive headlines {score:g} of 100, 95% interval {low} to {high}, {count_words(day.count)}.",
        url=f"{links.details}?hours=24&until={day.until:%Y-%m-%dT%H:%M:%SZ}{only}",
        date=format_datetime(day.until, usegmt=True),
        reading=day,
    )


def rss(days: Sequence[Reading], coin: str, links: FeedLinks) -> str:
    """RSS 2.0 of whole days, newest first; `coin` is a ticker, empty for all headlines."""
    items = _items(days, coin, links)
    return render("feed.rss", title=_title(coin), description=DESCRIPTION, items=items, links=links)


def json_feed(days: Sequence[Reading], coin: str, links: FeedLinks) -> str:
    """JSON Feed 1.1 of the same days; numbers are in `_barometer` of each item."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(coin),
        "description": DESCRIPTION,
        "home_page_url": links.page,
        "feed_url": links.own,
        "language": "en",
        "items": [
            {
                "id": item.identity,
                "url": item.url,
                "title": item.title,
                "content_text": item.text,
                "date_published": item.reading.until.isoformat(),
                "_barometer": item.reading.model_dump(mode="json", include={"value", "score", "interval", "count"}),
            }
            for item in _items(days, coin, links)
        ],
    }
    return json.dumps(feed)
