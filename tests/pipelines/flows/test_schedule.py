"""`barometer schedule` as an operator runs it: a real server, a real schedule, real kills."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from pipelines.flows.schedule import check_server, prefect_environment
from pipelines.flows.settings import ProductionError
from tests.servers.feeds import served
from tests.servers.processes import free_port, until

Configure = Callable[..., Path]
COMMAND = [sys.executable, "-m", "barometer.cli.main", "schedule"]


@contextmanager
def stalling_feed(given: bytes) -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """A feed's address, which answers only once the second event is set; the first tells that it was asked."""
    asked, answer = threading.Event(), threading.Event()

    def body(path: str) -> bytes | None:
        if path == "/robots.txt":
            return None
        asked.set()
        return given if answer.wait(600) else None

    with served(body) as address:
        try:
            yield f"{address}/feed.xml", asked, answer
        finally:
            answer.set()


@contextmanager
def scheduler(config: Path, folder: Path, port: int, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [*COMMAND, "--config", str(config), "--port", str(port), *words]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    except AssertionError as error:
        error.add_note((folder / "log").read_text()[-5000:])
        raise
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """The scheduler and the runs that it started, as a machine that loses its power does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def runs(port: int, **states: Any) -> list[dict[str, Any]]:
    chosen = {"flows": {"name": {"any_": ["refresh"]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    try:
        answer = httpx.post(f"http://127.0.0.1:{port}/api/flow_runs/filter", json=chosen | states, timeout=60)
    except httpx.TransportError:
        return []
    return list(answer.json()) if answer.status_code == 200 else []


@pytest.mark.slow
def test_schedule_fires_and_repeats_killed_run(
    configure: Configure, sqlite_url: str, feed_url: str, tmp_path: Path
) -> None:
    port = free_port()
    with stalling_feed(httpx.get(feed_url).content) as (address, asked, answer):
        config = configure(sqlite_url, [address], refresh={"when": {"every_minutes": 0.25}})
        with scheduler(config, tmp_path, port) as process:
            until(lambda: asked.is_set() or process.poll() is not None)
            assert process.poll() is None
        # Killed while it ran; now the feed answers.
        answer.set()
        with scheduler(config, tmp_path, port, "--no-now") as process:
            until(lambda: len([run for run in runs(port) if run["auto_scheduled"]]) >= 2)
            done = sorted(runs(port), key=lambda run: str(run["start_time"]))
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=120) == 0
    assert all(first["end_time"] <= then["start_time"] for first, then in pairwise(done))
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        counts = connection.execute("SELECT count(*), count(DISTINCT title_id) FROM model_predictions").fetchone()
    assert counts == (4, 4)
    assert (tmp_path / "outputs" / "prefect" / "prefect.db").is_file()
    assert "unfinished runs of an earlier scheduler were given up" in (tmp_path / "log").read_text()


@pytest.mark.slow
def test_a_taken_port_is_reported(configure: Configure, sqlite_url: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config, port = configure(sqlite_url), taken.getsockname()[1]
        with scheduler(config, tmp_path, port) as process:
            assert process.wait(timeout=120) == 2
    assert f"barometer: port {port}: Address already in use" in (tmp_path / "log").read_text()


def test_missing_tables_are_reported_before_start(
    configure: Configure, command: Callable[..., Result], in_folder: Path
) -> None:
    database = f"sqlite:///{in_folder}/empty.db"
    config = configure(database)
    done = command("schedule", "--config", str(config), "--port", str(free_port()), "--database", database)
    assert done.exit_code == 2
    assert "run `barometer db upgrade`" in done.stderr
    assert not (in_folder / "outputs").exists()


@pytest.mark.slow
def test_unusable_prefect_folder_is_reported(configure: Configure, sqlite_url: str, tmp_path: Path) -> None:
    config = configure(sqlite_url)
    (tmp_path / "outputs").write_text("a file is in the way")
    with scheduler(config, tmp_path, free_port()) as process:
        assert process.wait(timeout=60) == 2
    assert f"barometer: PREFECT_HOME = {tmp_path}/outputs/prefect cannot be created" in (tmp_path / "log").read_text()


@contextmanager
def listening(answers: bool) -> Iterator[str]:
    """An address where somebody listens who never answers, or answers something else than Prefect."""
    if not answers:
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/api"
        return
    with stalling_feed(b"a page") as (address, _, answer):
        answer.set()
        yield address.removesuffix("/feed.xml")


@pytest.mark.parametrize(
    ("words", "answers", "reason"),
    [
        pytest.param(("schedule",), False, "no answer within 4 seconds", marks=pytest.mark.slow),
        (("schedule",), True, "it answers 200, but not"),
        (("flows", "deploy", "pool"), True, "it answers 200, but not"),
    ],
)
def test_an_unreachable_server_is_reported(
    words: tuple[str, ...],
    answers: bool,
    reason: str,
    command: Callable[..., Result],
    configure: Configure,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listening(answers) as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        done = command(*words, "--config", str(configure(sqlite_url)))
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert f"barometer: Prefect at {address} cannot be reached: {reason}" in done.stderr
    assert "PREFECT_API_URL names the server" in done.stderr


@pytest.mark.parametrize(
    ("address", "shown"),
    [("http://u:secret@127.0.0.1:9/api", "http://127.0.0.1:9/api"), ("nonsense", "nonsense"), ("http://[", "a broken")],
)
def test_a_wrong_address_is_named(address: str, shown: str) -> None:
    with pytest.raises(ProductionError, match=re.escape(shown)) as caught:
        check_server(address)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_deploying_needs_a_named_server(command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    done = command("flows", "deploy", "pool")
    assert (done.exit_code, done.stderr.splitlines()) == (
        2,
        ["barometer: PREFECT_API_URL is not set; expected the address of a Prefect server, http://HOST:4200/api"],
    )


def test_prefect_stays_below_outputs_without_telemetry(in_folder: Path) -> None:
    found = prefect_environment({}, 4200)
    assert found["PREFECT_HOME"] == str(in_folder / "outputs" / "prefect")
    assert (found["PREFECT_SERVER_ANALYTICS_ENABLED"], found["DO_NOT_TRACK"]) == ("false", "1")
    assert found["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    chosen = {"PREFECT_API_URL": "http://prefect.example:4200/api", "PREFECT_HOME": "/elsewhere"}
    assert not {"PREFECT_API_URL", "PREFECT_HOME"} & prefect_environment(chosen, 4200).keys()
