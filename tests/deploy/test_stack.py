"""Each service of the compose file in the root that its image would have, against real servers; one answer of each."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from barometer.card import read_card, write_artifact
from tests.deploy.conftest import NEWS, ROOT, Stack

if TYPE_CHECKING:
    from barometer.models.tfidf import TfidfClassifier

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

# The protocol of agents wants both kinds accepted.
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def ask(stack: Stack, address: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{address}", data, _HEADERS)
    with stack.machine.inside(), urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read().decode()
    return json.loads(text) if "json" in answer.headers["Content-Type"] else text


def test_model_api_serves_the_release(stack: Stack, tfidf_artifact: Path) -> None:
    assert ask(stack, "127.0.0.1:8001/")["model_version"] == read_card(tfidf_artifact).version
    answer = ask(stack, "127.0.0.1:8001/classify", {"title": NEWS[0]})
    assert answer["Positive"] > max(answer["Negative"], answer["Neutral"])


def test_agents_ask_the_store(stack: Stack) -> None:
    call = {"name": "barometer", "arguments": {"hours": 24}}
    answer = ask(stack, "127.0.0.1:8003/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call})
    assert answer["result"]["structuredContent"].keys() >= {"score", "interval", "count"}


def test_schedule_scores_for_the_apis(stack: Stack) -> None:
    until = time.monotonic() + 240
    while (found := ask(stack, "127.0.0.1:8002/v1/barometer?hours=24"))["count"] < len(NEWS):
        assert time.monotonic() < until, stack.machine.log("schedule")
        time.sleep(1)
    assert found["model_version"] == ask(stack, "127.0.0.1:8001/")["model_version"]
    runs = ask(stack, "127.0.0.1:4200/api/flow_runs/filter", {})
    assert any(run["start_time"] for run in runs)


def test_app_shows_its_page(stack: Stack) -> None:
    assert "How positive is crypto news right now?" in ask(stack, "127.0.0.1:7860/")
    assert ask(stack, "127.0.0.1:7860/health") == {"alive": True, "model_ready": True}


REGISTER = """
import sys
from pathlib import Path
from barometer.card import read_card
from barometer.ship.registry import ARTIFACT_PATH, Registry
registry = Registry("crypto-news-barometer", "barometer")
artifact = Path(sys.argv[1])
run = registry.log_run("run", {}, {}, {ARTIFACT_PATH: artifact}, {})
registry.promote(registry.register(run, read_card(artifact).version, {"gate": "passed"}), "better")
"""


def test_champions_of_the_registry_follow(stack: Stack, tiny_tfidf: "TfidfClassifier", tmp_path: Path) -> None:
    better = tmp_path / "better"
    write_artifact(
        better, tiny_tfidf.export((0.9, 1.0), tmp_path), name="tfidf", model_input="text", max_length=None,
        precision="fp32", calibration={"method": "temperature", "temperature": 0.9}, metrics={}, parity={},
        data_version="d", code_version="c",
    )  # fmt: skip
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLFLOW_"))}
    known = clean | {"PYTHONPATH": f"{ROOT}/src:{ROOT}", "MLFLOW_TRACKING_URI": "http://127.0.0.1:5000"}
    words = ["nsenter", stack.machine.network, sys.executable, "-W", "ignore", "-c", REGISTER, str(better)]
    done = subprocess.run(words, env=known, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    until = time.monotonic() + 120
    while ask(stack, "127.0.0.1:8001/")["model_version"] != read_card(better).version:
        assert time.monotonic() < until, stack.machine.log("champion") + stack.machine.log("model")
        time.sleep(0.5)


def test_databases_keep_to_themselves(stack: Stack) -> None:
    password = stack.services["databases"].environment["MLFLOW_DB_PASSWORD"]
    connect = f"import psycopg; psycopg.connect('postgresql://mlflow:{password}@postgres/barometer')"
    with pytest.raises(AssertionError, match="permission denied for database"):
        stack.machine.run(stack.services["mlflow"], stack.image("mlflow"), "python", "-c", connect)


def test_roots_cannot_be_written(stack: Stack) -> None:
    for name in ("model", "schedule", "mlflow"):
        with pytest.raises(AssertionError, match="Read-only file system"):
            stack.machine.run(stack.services[name], stack.image(name), "touch", "/app/file")
    with pytest.raises(AssertionError, match="Read-only file system"):
        stack.machine.run(stack.services["model"], stack.image("model"), "touch", "/served/file")


def test_prometheus_takes_configuration_and_rules(stack: Stack) -> None:
    if not shutil.which("prometheus"):
        pytest.skip("prometheus is not installed")
    service, machine = stack.services["prometheus"], stack.machine
    places = {target: str(machine.volume(source)) for target, (source, _) in service.volumes.items()}
    options = [word.partition("=") for word in service.command]
    command = ["prometheus", *(f"{name}={places.get(value, value)}" for name, _, value in options)]
    machine.start("prometheus", machine.words_here(service, command))
    assert service.health is not None
    machine.await_health("prometheus", service.health)
    until = time.monotonic() + 60
    while True:
        active = ask(stack, "127.0.0.1:9090/api/v1/targets")["data"]["activeTargets"]
        if {"model", "data"} <= {target["labels"]["job"] for target in active if target["health"] == "up"}:
            break
        assert time.monotonic() < until, active
        time.sleep(0.5)
    assert ask(stack, "127.0.0.1:9090/api/v1/rules")["data"]["groups"]


def test_services_end_when_told(stack: Stack) -> None:
    ended = {
        name: stack.machine.stop(name)
        for name, service in stack.services.items()
        if service.stage and name in stack.machine.processes
    }
    assert set(ended) == {"model", "data", "app", "schedule", "champion", "mlflow"}
    assert all(status in (0, -15, 143) for status in ended.values()), ended
