"""Badge, widget and feeds as they are served: what caches, other sites and feed readers see of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import httpx
import pytest
from sqlalchemy import Engine

from barometer.labels import Label
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.standing import activate_version, record_run
from serve.api.data_api import create_data_api
from serve.api.drawing import LIGHT
from serve.api.store import BarometerStore, store_opener
from serve.api.words import Standing
from serve.app.overview import overview, overview_card

START = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
YESTERDAY, THREE_DAYS_AGO = START - timedelta(hours=26), START - timedelta(days=3)
PATHS = {
    "/v1/badge.svg": "image/svg+xml",
    "/v1/widget": "text/html; charset=utf-8",
    "/v1/card.png": "image/png",
    "/v1/barometer.rss": "application/rss+xml",
    "/v1/barometer.json": "application/feed+json",
}


@dataclass
class Site:
    """A data API, its store, and its clock, which tests turn."""

    client: httpx.Client
    engine: Engine
    now: list[datetime] = field(default_factory=lambda: [START])


@pytest.fixture
def empty(run: Any, settings_with: Any, sqlite_url: str) -> Iterator[Site]:
    now = [START]
    engine = open_engine(sqlite_url)
    with run(create_data_api(settings_with(), store_opener(sqlite_url), clock=lambda: now[0])) as client:
        yield Site(client, engine, now)
    engine.dispose()


@pytest.fixture
def site(empty: Site, save_scored: Callable[..., list[int]]) -> Site:
    rows = [(START - timedelta(hours=hours), 0.75, {"BTC"}) for hours in (1, 2, 3)]
    rows += [(YESTERDAY, 0.25, {"BTC"}), (YESTERDAY, 0.75, ()), (THREE_DAYS_AGO, 0.5, ())]
    save_scored(empty.engine, "v", rows)
    with writing(empty.engine) as connection:
        activate_version(connection, "v", START)
        record_run(connection, "crawl", START)
        record_run(connection, "score", START)
    return empty


@pytest.mark.parametrize("path", PATHS)
def test_caches_can_tell_that_nothing_changed(site: Site, path: str, save_scored: Callable[..., list[int]]) -> None:
    first = site.client.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, PATHS[path])
    assert (first.headers["cache-control"], first.headers["x-content-type-options"]) == (
        "public, max-age=300",
        "nosniff",
    )
    etag = first.headers["etag"]
    site.now[0] += timedelta(minutes=4, seconds=59)
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = site.client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    save_scored(site.engine, "v", [(START - timedelta(hours=h), 0.1, ()) for h in (5, 15)])
    changed = site.client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_badge_is_svg_with_its_number(site: Site) -> None:
    answer = site.client.get("/v1/badge.svg", params={"label": "<script>alert(1)</script>"})
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    root = ET.fromstring(answer.text)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["<script>alert(1)</script>", "75 / 100"]
    assert "75 of 100 (too little history for comparison)" in root.attrib["aria-label"]


@pytest.mark.parametrize(
    ("usual", "words", "label"),
    [
        (0.1, "More positive than usual", Label.POSITIVE),
        (0.7, "About as usual", Label.NEUTRAL),
        (0.95, "Less positive than usual", Label.NEGATIVE),
    ],
)
def test_api_badge_widget_and_page_agree(
    site: Site, save_scored: Callable[..., list[int]], usual: float, words: str, label: Label
) -> None:
    month = [(START - timedelta(days=5 + i / 20), usual, ()) for i in range(400)]
    save_scored(site.engine, "v", [*month, *((START - timedelta(minutes=i), 0.7 + i / 1000, ()) for i in range(1, 60))])
    found = site.client.get("/v1/barometer").json()
    assert found["usual"] == pytest.approx(100 * usual, abs=1)
    assert Standing(found["standing"]).words == words
    shown = overview(BarometerStore(site.engine), START, None)
    assert shown.standing == found["standing"] and words in overview_card(shown, "All")
    badge, widget = site.client.get("/v1/badge.svg").text, site.client.get("/v1/widget").text
    assert f'fill="{LIGHT.classes[label]}"' in badge and words.lower() in badge
    assert f'<p class="standing">{words}</p>' in widget and f", usual {round(found['usual'])}</p>" in widget
    assert f'<path class="{label.name.lower()}"' in widget and '<path class="usual"' in widget


def test_widget_is_framed_and_loads_nothing(site: Site) -> None:
    answer = site.client.get("/v1/widget", params={"coin": "btc", "theme": "dark"})
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors *" in policy and "unsafe" not in policy
    assert "x-frame-options" not in answer.headers
    assert '<html lang="en" data-theme="dark">' in answer.text
    assert "3 headlines, last 24 hours" in answer.text and "barometer: BTC" in answer.text
    assert not any(word in answer.text for word in ("http:", "https:", "src=", "href=", "<script", "style="))


@pytest.mark.parametrize(("path", "words"), [("/v1/badge.svg", "(stale)"), ("/v1/widget", "Stale: last refreshed")])
def test_old_numbers_are_marked_stale(site: Site, path: str, words: str) -> None:
    assert words not in site.client.get(path).text
    site.now[0] += timedelta(hours=13)
    assert words in site.client.get(path).text


def test_rss_has_an_item_a_day(site: Site) -> None:
    answer = site.client.get("/v1/barometer.rss", params={"days": 5})
    feed = feedparser.parse(answer.content)
    assert not feed.bozo, feed.get("bozo_exception")
    assert (feed.version, feed.feed.title) == ("rss20", "Crypto news barometer")
    assert [(item.title, item.id) for item in feed.entries] == [
        ("16 May 2024: 50 of 100", "crypto-news-barometer:2024-05-16"),
        ("14 May 2024: 50 of 100", "crypto-news-barometer:2024-05-14"),
    ]
    assert feed.entries[0].published == "Fri, 17 May 2024 00:00:00 GMT"
    assert "2 headlines" in feed.entries[0].summary and "1 headline." in feed.entries[1].summary
    assert [link.href for link in feed.feed.links if link.rel == "self"] == [str(answer.url)]
    details = site.client.get(feed.entries[0].link).json()
    assert (details["score"], details["count"], details["since"]) == (50.0, 2, "2024-05-16T00:00:00Z")
    assert site.client.get(feed.feed.link).status_code == 200


def test_json_feed_has_days_with_numbers(site: Site) -> None:
    answer = site.client.get("/v1/barometer.json", params={"coin": "btc"})
    feed = answer.json()
    assert (feed["version"], feed["title"]) == ("https://jsonfeed.org/version/1.1", "Crypto news barometer: BTC")
    assert feed["feed_url"] == str(answer.url)
    [item] = feed["items"]
    assert item["id"] == "crypto-news-barometer:2024-05-16:BTC"
    assert (item["_barometer"]["score"], item["_barometer"]["count"]) == (25.0, 1)
    assert datetime.fromisoformat(item["date_published"]) == datetime(2024, 5, 17, tzinfo=UTC)
    assert site.client.get(item["url"]).json()["score"] == 25.0


def test_item_id_survives_a_new_score(site: Site, save_scored: Callable[..., list[int]]) -> None:
    before = site.client.get("/v1/barometer.json").json()["items"][0]
    save_scored(site.engine, "v", [(YESTERDAY, 0.9, ())])
    after = site.client.get("/v1/barometer.json").json()["items"][0]
    assert (before["id"], before["url"]) == (after["id"], after["url"])
    assert before["title"] != after["title"]


def test_without_data_each_says_so(empty: Site) -> None:
    assert ">no data</text>" in empty.client.get("/v1/badge.svg").text
    page = empty.client.get("/v1/widget", params={"hours": 168}).text
    assert '<path class="usual"' not in page and 'class="standing"' not in page
    assert "No headlines in the last 7 days" in page and "never refreshed" in page
    feed = feedparser.parse(empty.client.get("/v1/barometer.rss").content)
    assert (feed.bozo, feed.entries) == (False, [])
    assert json.loads(empty.client.get("/v1/barometer.json").content)["items"] == []


@pytest.mark.parametrize(
    "question",
    [
        "badge.svg?label=", "badge.svg?label=a%00b", "badge.svg?label=%1b", "badge.svg?label=%EF%BF%BE",
        f"badge.svg?label={'x' * 41}", "badge.svg?coin=%3Cb%3E", "widget?theme=blue", "widget?hours=0",
        "card.png?range=5w", "card.png?coin=%3Cb%3E", "widget?coin=%22", "barometer.rss?days=367",
        "barometer.json?days=0",
    ],
)  # fmt: skip
def test_a_bad_parameter_is_refused(empty: Site, question: str) -> None:
    answer = empty.client.get(f"/v1/{question}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "query"
