import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from serve.api.service import Health, create_service


@pytest.fixture
def service(run: Any, settings_with: Any) -> Iterator[httpx.Client]:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        yield

    app = create_service("test", "", settings_with(), lifespan, lambda: Health(ready=True))

    @app.get("/things/{name}")
    def thing(name: str) -> str:
        if name == "broken":
            raise RuntimeError("the inner secret")
        return name

    with run(app) as client:
        yield client


def test_metrics_count_by_route_template(service: httpx.Client) -> None:
    for path in ("/things/a", "/things/b", "/nowhere", "/else"):
        service.get(path)
    text = service.get("/metrics").text
    assert 'barometer_http_requests_total{method="GET",path="/things/{name}",status="200"} 2.0' in text
    assert 'barometer_http_requests_total{method="GET",path="unmatched",status="404"} 2.0' in text
    assert 'barometer_http_request_seconds_count{path="/things/{name}"} 2.0' in text
    assert "nowhere" not in text


def test_strange_methods_make_no_new_labels(service: httpx.Client) -> None:
    assert service.request("BREW", "/things/a").status_code == 405
    assert 'method="other"' in service.get("/metrics").text


def test_a_fault_reveals_only_its_request(service: httpx.Client) -> None:
    with capture_logs(processors=[merge_contextvars]) as logs:
        answer = service.get("/things/broken", headers={"X-Request-ID": "mine-1"})
    assert answer.status_code == 500
    assert answer.json() == {"detail": "internal error; request mine-1"}
    [fault] = [log for log in logs if log["event"] == "fault"]
    assert (fault["path"], fault["exc_info"], fault["request_id"]) == ("/things/{name}", True, "mine-1")
    assert service.get("/things/a").status_code == 200


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, '"}'])
def test_unsafe_request_id_is_replaced(service: httpx.Client, given: str) -> None:
    answered = service.get("/things/a", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert answered != given
    assert len(answered) == 32


def test_requests_are_logged_without_titles(int8_artifact: Path) -> None:
    program = """
import asyncio, threading, httpx, uvicorn
from serve.api.model_api import create_model_api
from serve.api.observe import configure_logging
from barometer.predictor import Predictor
from serve.api.run import server_config
from serve.api.settings import ApiSettings, read_environment
settings = read_environment(ApiSettings)
configure_logging(settings)
server = uvicorn.Server(server_config(create_model_api(settings, Predictor.load), 0, settings))
thread = threading.Thread(target=server.run); thread.start()
while not server.started: pass
url = "http://127.0.0.1:%d" % server.servers[0].sockets[0].getsockname()[1]
while httpx.get(url + "/health", trust_env=False).status_code != 200: pass
httpx.post(url + "/classify", json={"title": "unmistakable words"}, headers={"X-Request-ID": "r1"}, trust_env=False)
server.should_exit = True; thread.join()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "BAROMETER_MODEL": str(int8_artifact), "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    [line] = [line for line in lines if line.get("request_id") == "r1"]
    assert (line["event"], line["service"], line["method"]) == ("request", "model", "POST")
    assert (line["path"], line["status"], line["client"]) == ("/classify", 200, "127.0.0.1")
    assert line["ms"] > 0
    assert line["timestamp"].endswith("Z")
    assert "unmistakable" not in done.stderr
    assert any("startup complete" in line["event"] for line in lines), "uvicorn's own lines have the same form"
