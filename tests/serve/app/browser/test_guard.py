"""What the app refuses, and what its page then says: real requests to the real app, and Chromium."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.gradio_events import Event, Layout

StartApp = Callable[..., AbstractContextManager[str]]
CSV = ("files", ("a.csv", b"text\nBitcoin gains\n", "text/csv"))


def at(url: str, address: str = "127.0.0.2") -> httpx.Client:
    return httpx.Client(base_url=url, timeout=60, transport=httpx.HTTPTransport(local_address=address))


@pytest.fixture(scope="module", autouse=True)
def _loop(browser: Browser) -> None:
    """The browser's event loop runs in this thread: Gradio makes one for each of its locks where none does."""


@pytest.fixture
def client(app_url: str) -> Iterator[httpx.Client]:
    with at(app_url) as found:
        yield found


@pytest.fixture(autouse=True)
def _ready(request: pytest.FixtureRequest) -> None:
    """The model of the default app is loaded."""
    if "client" in request.fixturenames:
        wait_for_model(request.getfixturevalue("app_url"))


def wait_for_model(url: str) -> None:
    end = time.monotonic() + 60
    while not httpx.get(f"{url}/health", trust_env=False).json()["model_ready"]:
        assert time.monotonic() < end
        time.sleep(0.05)


def event_of(url: str, element: str, by: str) -> Event:
    return Layout(httpx.get(f"{url}/config", trust_env=False).json()).triggered(element, by)


def body(event: Event, *inputs: object, session: str = "s") -> dict[str, Any]:
    data = [*inputs, *event.inputs[len(inputs) :]]
    return {"fn_index": event.number, "data": data, "session_hash": session}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file=/etc/hostname"),
        ("GET", "/gradio_api/file/etc/hostname"),
        ("GET", "/gradio_api/proxy=https://example.org/"),
        ("GET", "/gradio_api/deep_link?session_hash=a"),
        ("GET", "/gradio_api/upload_progress?upload_id=a"),
        ("GET", "/gradio_api/heartbeat/abc"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/call/predict"),
        ("POST", "/gradio_api/stream/abc"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-code"),
        ("POST", "/login"),
        ("PUT", "/gradio_api/queue/join"),
        ("GET", "/wp-login.php"),
    ],
)
def test_unused_routes_are_closed(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["detail"]) == (404, "the app has no such address")


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/theme.css", "/health", "/api/v1/news"])
def test_what_pages_use_is_open(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("meta", [{"_type": "gradio.FileData"}, None])
@pytest.mark.parametrize("kind", ["direct", "queued"])
def test_only_uploaded_files_are_read(client: httpx.Client, app_url: str, tmp_path: Path, kind: str, meta: Any) -> None:
    private = tmp_path / "private.csv"
    private.write_text("text\nthe password is hunter2\n", encoding="utf-8")
    upload = event_of(app_url, "predict-file", "upload")
    route = "/gradio_api/run/predict" if kind == "direct" else "/gradio_api/queue/join"
    for path in (str(private), "http://127.0.0.1/a.csv", {"path": "nested"}, None):
        answer = client.post(route, json=body(upload, {"path": path, "meta": meta}))
        assert answer.status_code == 400
        assert answer.json()["detail"] == "upload the file first; it may have been deleted"
    stored = client.post("/gradio_api/upload", files=[CSV]).json()[0]
    answer = client.post(
        "/gradio_api/run/predict", json=body(upload, {"path": stored, "meta": {"_type": "gradio.FileData"}})
    )
    assert "Bitcoin gains" in answer.json()["data"][0]


@pytest.mark.parametrize(
    ("files", "status", "told"),
    [
        ([("files", ("a.csv", b"x" * 2_000_000, "text/csv"))], 413, "the body is larger than 1016384 bytes"),
        ([("files", ("a.csv", b"x" * 1_000_001, "text/csv"))], 413, "The file is larger than 1000000 bytes"),
        ([CSV, CSV], 400, "Send one file at a time, as a form"),
        ([("other", ("a.csv", b"x", "text/csv"))], 400, "Send one file"),
    ],
)
def test_uploads_are_small_and_single(client: httpx.Client, files: Any, status: int, told: str) -> None:
    answer = client.post("/gradio_api/upload", files=files)
    assert (answer.status_code, answer.text) == (status, told)


@pytest.mark.slow
def test_uploads_fill_no_disk(start_app: StartApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with start_app(upload_bytes=4_000_000, jobs_burst=1000, jobs_per_second=1000) as url, at(url) as client:
        for number in range(40):
            content = b"%d" % number + b"x" * 400_000
            assert client.post("/gradio_api/upload", files=[("files", ("a.csv", content, "text/csv"))]).is_success
            cut = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n' + content
            broken = client.post(
                "/gradio_api/upload", content=cut, headers={"Content-Type": "multipart/form-data; boundary=b"}
            )
            assert broken.status_code == 400
        held = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
        assert held <= 500_000, "one client has an eighth"


def test_oversized_job_is_refused(client: httpx.Client, app_url: str) -> None:
    many = event_of(app_url, "predict-one", "submit")
    answer = client.post("/gradio_api/run/predict", json=body(many, "x" * 1_000_000))
    assert (answer.status_code, answer.json()["error"]) == (413, "the body is larger than 1000000 bytes")
    for content in (b"{", b"[" * 100_000, b"\xff\xfe", b""):
        refused = client.post("/gradio_api/queue/join", content=content, headers={"Content-Type": "application/json"})
        assert (refused.status_code, refused.json()["detail"]) == (400, "the body is not JSON in UTF-8")


def test_streams_need_a_waiting_page(client: httpx.Client) -> None:
    answer = client.get("/gradio_api/queue/data", params={"session_hash": "nobody's"})
    assert (answer.status_code, answer.json()["detail"]) == (404, "this page waits for nothing")


def ask_at_once(url: str, route: str, asked: list[dict[str, Any]], address: str) -> Counter[int]:
    with at(url, address) as client, ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda one: client.post(route, json=one), asked))
    for answer in answers:
        if answer.status_code == 429:
            assert answer.json()["error"] == answer.json()["detail"]
            assert answer.json()["detail"].startswith("Too many requests") and "Retry-After" in answer.headers
    return Counter(answer.status_code for answer in answers)


@pytest.mark.slow
@pytest.mark.parametrize("route", ["/gradio_api/run/predict", "/gradio_api/queue/join"])
def test_flood_costs_only_its_sender(start_app: StartApp, tiny_artifact: Path, route: str) -> None:
    with start_app(model=tiny_artifact) as url, at(url, "127.0.0.3") as visitor:
        wait_for_model(url)
        submit = event_of(url, "predict-one", "submit")
        asked = [body(submit, f"Bitcoin gains for week {week}", session=f"s{week}") for week in range(300)]
        told = ask_at_once(url, route, asked, "127.0.0.2")
        assert set(told) == {200, 429} and told[429] > 100
        assert visitor.post("/gradio_api/run/predict", json=body(submit, "Ether gains")).status_code == 200
        queue_of = httpx.get(f"{url}/health", trust_env=False)
        assert queue_of.status_code == 200


@pytest.mark.slow
def test_answers_nobody_fetches_are_forgotten(start_app: StartApp, tiny_artifact: Path) -> None:
    with start_app(model=tiny_artifact, jobs_per_second=1e6, jobs_burst=10_000) as url, at(url) as client:
        wait_for_model(url)
        submit = event_of(url, "predict-one", "submit")
        for number in range(300):
            while (
                client.post("/gradio_api/queue/join", json=body(submit, "Up", session=f"s{number}")).status_code == 429
            ):
                time.sleep(0.01)
        gone, kept = (
            client.stream("GET", "/gradio_api/queue/data", params={"session_hash": s}) for s in ("s0", "s299")
        )
        with gone as first, kept as last:
            assert first.status_code == 404
            messages = [json.loads(line[5:])["msg"] for line in last.iter_lines() if line.startswith("data:")]
        assert messages[-2:] == ["process_completed", "close_stream"]


@pytest.mark.slow
def test_page_says_what_was_refused(open_page: Callable[..., Page], start_app: StartApp, tiny_artifact: Path) -> None:
    with start_app(model=tiny_artifact, jobs_per_second=0.01, jobs_burst=4, max_body_bytes=5000) as url:
        wait_for_model(url)
        page = open_page(f"{url}/?tab=predict", expected="status of 429")
        expect(page.locator(".p-class")).to_be_visible()
        for _ in range(4):
            page.locator("#predict-one input").press("Enter")
            page.wait_for_timeout(300)
        told = page.get_by_role("alert").filter(has_text="Too many requests from your address; try again in")
        expect(told).to_be_visible()
        upload = page.locator("#predict-actions input[type=file]")
        upload.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"text\n" + b"x" * 6000})
        expect(page.get_by_text("exceed the maximum allowed size").first).to_be_visible()
        upload.set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": b"text\nx\n"})
        expect(page.get_by_text("HTTP 429: Too many requests from your address").first).to_be_visible()
