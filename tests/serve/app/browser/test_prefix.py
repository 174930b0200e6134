"""The app below /mood/ of a real reverse proxy: what the page names, what loads, and a prediction in Chromium."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.slow
ReverseProxy = Callable[..., AbstractContextManager[str]]
SET = {"root_path": "/mood"}
WHOLE = {"root_path": "https://news.example/mood"}
# Settings of the app, what the proxy does, where the app says that it is; None is the proxy's own address.
CASES: list[tuple[dict[str, str], dict[str, Any], str | None]] = [
    ({}, {"X_Forwarded_Prefix": "/mood"}, None),
    ({}, {"X_Forwarded_Prefix": "/mood/", "X_Forwarded_Proto": "https"}, "https"),
    ({}, {"X_Forwarded_Prefix": "/mood", "X_Forwarded_Host": "news.example", "keep_host": False}, "http://news.example/mood"),
    (SET, {}, None),
    (SET, {"strip": False, "X_Forwarded_Proto": "https"}, "https"),
    (SET, {"X_Forwarded_Prefix": "/mood", "X_Forwarded_Proto": "https"}, "https"),
    (WHOLE, {"keep_host": False}, WHOLE["root_path"]),
    (WHOLE, {"strip": False, "X_Forwarded_Host": "other.example", "X_Forwarded_Proto": "http"}, WHOLE["root_path"]),
]  # fmt: skip


# Gradio opens an event loop wherever none is, and never closes it; Playwright brings one.
@pytest.fixture
def behind(
    browser: Browser, start_app: Any, seeded: Callable[..., str], tiny_artifact: Path, reverse_proxy: ReverseProxy
) -> Iterator[Callable[..., str]]:
    """Starts the app and a proxy before it: `behind(settings, **proxy)` gives the address of the page."""
    with ExitStack() as stack:

        def start(settings: dict[str, str], **proxy: Any) -> str:
            url = stack.enter_context(start_app(database_url=seeded(), model=tiny_artifact, **settings))
            return stack.enter_context(reverse_proxy(url, **proxy))

        yield start


def plain(text: str) -> list[str]:
    """The addresses without TLS that a text names, but for the names of XML."""
    return [url for url in re.findall(r"http://[^\"'\\s<>]+", text) if not url.startswith("http://www.w3.org/")]


@pytest.mark.parametrize(("settings", "proxy", "told"), CASES)
def test_everything_is_below_the_prefix(
    behind: Callable[..., str], settings: dict[str, str], proxy: dict[str, Any], told: str | None
) -> None:
    base = behind(settings, **proxy)
    root = {None: base, "https": base.replace("http:", "https:")}.get(told, told)
    with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        page = client.get("/")
        loaded = [*re.findall(r'(?:src|href)="([^"]+)"', page.text), "theme.css"]
        assert page.status_code == 200 and "./manifest.json" in loaded
        assert {client.get(urljoin(f"{base}/", name)).status_code for name in loaded} == {200}
        assert client.get("/config").json()["root"] == root
        feed, document = client.get("/api/v1/barometer.json?days=7"), client.get("/api/openapi.json").json()
        assert feed.json()["feed_url"] == f"{root}/api/v1/barometer.json?days=7"
        assert f'href="{root}/api/v1/barometer.rss"' in client.get("/api/v1/barometer.rss").text
        assert [server["url"] for server in document["servers"]] == ["/mood/api"]
        assert 'src="/mood/api/static-offline-docs/' in (docs := client.get("/api/docs").text)
        assert client.get("/api/v1/badge.svg").text.startswith("<svg")
        assert f'property="og:image" content="{root}/api/v1/card.png"' in page.text
        assert client.get("/api/v1/card.png").content.startswith(b"\x89PNG")
        assert "icon-192.png" in loaded
        answer = client.post("/gradio_api/run/predict", json={"data": ["Bitcoin surges"]})
        assert answer.json()["data"][0]["label"] in {"Negative", "Neutral", "Positive"}
        if str(root).startswith("https:"):
            assert plain(page.text) + plain(docs) + plain(feed.text) + plain(client.get("/config").text) == []


@pytest.mark.parametrize(
    ("settings", "proxy"),
    [
        ({}, {"X_Forwarded_Prefix": "/mood"}),
        (SET, {"strip": False}),
        # Nothing tells the app where it is shown: the page finds its way by its own address.
        ({}, {"keep_host": False}),
    ],
)
def test_page_predicts_below_the_prefix(
    behind: Callable[..., str], open_page: Callable[..., Page], settings: dict[str, str], proxy: dict[str, Any]
) -> None:
    base = behind(settings, **proxy).replace("127.0.0.1", "localhost")
    page = open_page(f"{base}/?tab=predict")
    page.locator("#predict-one input").fill("Bitcoin rallies in week 1")
    page.locator("#predict-one input").press("Enter")
    expect(page.locator(".p-word > span").first).to_have_text("Bitcoin")
    page.get_by_role("tab", name="Barometer").click()
    expect(page).to_have_url(f"{base}/")
    expect(page.get_by_role("img", name="Barometer:")).to_be_visible()
    expect(page.get_by_role("link", name="Badge")).to_have_attribute("href", "api/v1/badge.svg")


def test_prefix_without_slash_leads_to_page(browser: Browser, start_app: Any) -> None:
    with start_app(root_path="/mood") as url:
        answer = httpx.get(f"{url}/mood?tab=news", trust_env=False)
        assert (answer.status_code, answer.headers["location"]) == (308, "/mood/?tab=news")
