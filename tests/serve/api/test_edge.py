"""The edge of the services: HEAD, and what a proxy's headers may say, asked of real servers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from serve.api.data_api import create_data_api
from serve.api.edge import trusted_hosts
from serve.api.settings import ApiSettings, ApiSettingsError, read_environment
from serve.api.store import store_opener

OTHERS = ("/docs", "/redoc", "/openapi.json", "/static-offline-docs/swagger-ui.css", "/nowhere", "/v1/news?limit=0")
PERIOD = "?start_date=2024-05-01&end_date=2024-05-17"


@pytest.fixture(scope="module")
def data(run: Any, settings_with: Any, sqlite_template: Any) -> Iterator[httpx.Client]:
    with run(create_data_api(settings_with(), store_opener(f"sqlite:///{sqlite_template}"))) as client:
        yield client


def same(client: httpx.Client, path: str) -> None:
    changing = {"date", "x-request-id"}
    # Metrics count the requests themselves.
    changing |= {"content-length"} if path == "/metrics" else set()
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    kept = [{name: value for name, value in answer.headers.items() if name not in changing} for answer in (got, head)]
    assert kept[0] == kept[1], path


def test_head_answers_as_get_does(data: httpx.Client) -> None:
    paths = data.get("/openapi.json").json()["paths"]
    for path in (*paths, *OTHERS):
        same(data, path + PERIOD if "_per" in path or "_for" in path else path)


@pytest.mark.slow
def test_model_api_answers_head(model_client: httpx.Client) -> None:
    for path in ("/", "/health", "/health/live", "/docs", "/openapi.json", "/classify", "/nowhere"):
        same(model_client, path)


def test_head_of_an_unchanged_badge(data: httpx.Client) -> None:
    etag = data.head("/v1/badge.svg").headers["etag"]
    assert data.head("/v1/badge.svg", headers={"If-None-Match": etag}).status_code == 304


def test_head_ends_an_endless_stream(run: Any) -> None:
    app, left = FastAPI(), []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"data: x\n\n"
                await asyncio.sleep(0.01)
        finally:
            left.append(True)

    @app.get("/events")
    async def events() -> StreamingResponse:
        return StreamingResponse(endless(), media_type="text/event-stream")

    with run(app) as client:
        answer = client.head("/events")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert client.head("/events").status_code == 200, "the connection still serves"
    assert left == [True, True]


def feed_url(client: httpx.Client, **headers: str) -> str:
    named = {f"X-Forwarded-{name}": value for name, value in headers.items()}
    return str(client.get("/v1/barometer.json", headers=named).json()["feed_url"])


def test_trusted_proxy_says_where_it_is(data: httpx.Client) -> None:
    own = str(data.base_url.join("/v1/barometer.json"))
    at = f"{data.base_url.host}:{data.base_url.port}"
    assert feed_url(data) == own
    assert feed_url(data, Prefix="/a/b/", Proto="https") == f"https://{at}/a/b/v1/barometer.json"
    assert feed_url(data, Host="news.example:8443", Prefix="/a, /b") == "http://news.example:8443/a/v1/barometer.json"
    for bad in ("mood", "//evil.example", "/a/../b?", "/", "/<b>", "/a b", "https://evil.example/a"):
        assert feed_url(data, Prefix=bad) == own
    for bad in ("a b", "a/b", "user@evil.example", "[::1", "a:b", ""):
        assert feed_url(data, Host=bad) == own


def test_others_cannot_say_where_it_is(run: Any, settings_with: Any, sqlite_url: str) -> None:
    app = create_data_api(settings_with(), store_opener(sqlite_url))
    with run(app, trusted_proxies="192.0.2.1") as client:
        own = str(client.base_url.join("/v1/barometer.json"))
        assert feed_url(client, Prefix="/a", Proto="https", Host="evil.example") == own


@pytest.mark.parametrize("path", ["/health", "/mood/health"])
def test_prefix_is_served_stripped_or_not(run: Any, settings_with: Any, sqlite_url: str, path: str) -> None:
    app = create_data_api(settings_with(rate_burst=1, rate_per_second=0.01), store_opener(sqlite_url))
    with run(app, root_path="/mood") as client:
        assert [client.get(path).status_code for _ in range(5)] == [200] * 5, "health is never limited"
        assert client.get("/mood/openapi.json").json()["servers"] == [{"url": "/mood"}]
        assert client.get("/mood/moody").status_code == 429


@pytest.mark.parametrize("value", ["mood", "ftp://a.example/x", "/a?b", "/a//b", "https://", "/a b", "/<x>"])
def test_unusable_root_path_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BAROMETER_ROOT_PATH", value)
    with pytest.raises(ApiSettingsError, match=r"BAROMETER_ROOT_PATH = .*/mood"):
        read_environment(ApiSettings)


@pytest.mark.parametrize(
    ("value", "path"), [("/", ""), ("/mood/", "/mood"), ("https://a.example/", "https://a.example")]
)
def test_final_slash_of_root_path_goes(monkeypatch: pytest.MonkeyPatch, value: str, path: str) -> None:
    monkeypatch.setenv("BAROMETER_ROOT_PATH", value)
    assert read_environment(ApiSettings).root_path == path


@pytest.mark.parametrize(
    ("hosts", "host", "trusted"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("10.1.0.0/16, ::1", "10.1.2.3", True),
        ("10.1.0.0/16, ::1", "0:0::1", True),
        ("*", "198.51.100.7", True),
        ("", "198.51.100.7", False),
        ("proxy.internal", "proxy.internal", True),
        ("127.0.0.1", "not an address", False),
    ],
)
def test_which_addresses_are_trusted(hosts: str, host: str, trusted: bool) -> None:
    assert (host in trusted_hosts(hosts)) is trusted
