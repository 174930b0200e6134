"""What surrounds the tools over HTTP: who may ask, limits, health, metrics, replaced store and model."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from barometer.card import CARD, content_version, read_card
from serve.mcp.service import allowed, create_mcp_service

VERSION = {"MCP-Protocol-Version": "2025-06-18", "Accept": "application/json, text/event-stream"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, store_file: Path, tfidf_artifact: Path) -> Path:
    """A folder with a store and a link to a model, which tests may replace."""
    folder = tmp_path_factory.mktemp("replaceable")
    (folder / "barometer.db").write_bytes(store_file.read_bytes())
    (folder / "model").symlink_to(tfidf_artifact)
    return folder


@pytest.fixture(scope="module")
def served(run: Any, until: Any, mcp_settings: Any, sources_of: Any, files: Path) -> Iterator[httpx.Client]:
    settings = mcp_settings(
        files / "barometer.db", files / "model", max_body_bytes=2000, cors_origins=("https://page.example",),
        mcp_hosts=("mcp.example",),
    )  # fmt: skip
    with run(create_mcp_service(settings, sources_of(settings))) as client:
        until(lambda: client.get("/health").status_code == 200)
        yield client


def post(client: httpx.Client, message: object = LIST, **headers: str) -> httpx.Response:
    return client.post("/mcp", json=message, headers=VERSION | headers)


def test_only_known_hosts_are_answered(served: httpx.Client) -> None:
    for host, status in (("mcp.example", 200), ("mcp.example:8003", 200), ("localhost:1", 200), ("evil.example", 421)):
        assert post(served, Host=host).status_code == status, host


def test_only_named_pages_may_call(served: httpx.Client) -> None:
    assert post(served, Origin="https://page.example").headers["Access-Control-Allow-Origin"] == "https://page.example"
    assert post(served, Origin="https://evil.example").status_code == 403
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "mcp-protocol-version"}
    assert served.options("/mcp", headers={"Origin": "https://page.example", **asked}).status_code == 200


def test_limits_are_those_of_services(served: httpx.Client) -> None:
    assert post(served, LIST | {"params": {"cursor": "x" * 2000}}).status_code == 413
    refused = served.get("/mcp", headers=VERSION)  # no stream is kept open
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
    assert served.post("/mcp", content=b"{", headers=VERSION | {"Content-Type": "application/json"}).status_code == 400


def test_metrics_count_requests_of_tools(served: httpx.Client) -> None:
    assert post(served).status_code == 200
    assert served.get("/mcp").status_code == 405
    text = served.get("/metrics").text
    assert 'barometer_http_requests_total{method="POST",path="/mcp",status="200"}' in text
    assert 'barometer_http_requests_total{method="GET",path="/mcp",status="405"}' in text
    assert "barometer_ready 1.0" in text


@pytest.fixture
def other_model(tfidf_artifact: Path, tmp_path: Path) -> Path:
    """The same model as another version."""
    folder = tmp_path / "model"
    shutil.copytree(tfidf_artifact, folder)
    card = read_card(folder)
    version = content_version(card.files, card.input, card.max_length, {"method": "other"})
    (folder / CARD).write_text(replace(card, calibration={"method": "other"}, version=version).to_json())
    return folder


def called(client: httpx.Client, tool: str, **arguments: object) -> Any:
    message = LIST | {"method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    return json.loads(post(client, message).json()["result"]["content"][0]["text"])


def test_replaced_store_and_model_are_followed(
    served: httpx.Client, files: Path, until: Callable[..., None], sqlite_template: Path, other_model: Path
) -> None:
    def version() -> str:
        return str(called(served, "predict", texts=["Bitcoin soars"])["model_version"])

    before = version()
    assert (called(served, "barometer")["count"], served.get("/health").json()["model_version"]) == (3, before)
    (files / "new").write_bytes(sqlite_template.read_bytes())
    (files / "new").replace(files / "barometer.db")
    assert called(served, "barometer")["count"] == 0
    (files / "next").symlink_to(other_model)
    (files / "next").replace(files / "model")
    until(lambda: version() != before)
    (files / "barometer.db").unlink()
    health = served.get("/health")
    assert (health.status_code, "file barometer.db is missing" in health.json()["reason"]) == (503, True)


def test_proxy_shows_it_below_a_path(run: Any, mcp_settings: Any, sources_of: Any, missing: Path) -> None:
    settings = mcp_settings(missing, missing, root_path="https://example.org/mood", host="0.0.0.0", cors_origins=("*",))
    hosts = allowed(settings).allowed_hosts
    assert {"example.org", "example.org:*", "[::1]:*"} <= set(hosts) and "0.0.0.0" not in hosts
    with run(create_mcp_service(settings, sources_of(settings)), root_path=settings.root_path) as client:
        for path in ("/mcp", "/mood/mcp"):
            found = client.post(path, json=LIST, headers=VERSION | {"Origin": "https://any.example"})
            assert len(found.json()["result"]["tools"]) == 6
        assert "no tables yet" in client.get("/mood/health").json()["reason"]
