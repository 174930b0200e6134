"""The whole Space as the platform runs it: requirements in a clean environment, `python app.py`, a read-only folder."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from barometer.live.demo_feeds import HOST, serve_folder, write_feeds

TITLE = "Bitcoin surges as the regulator approves a fund"
ASK = "import json, sys; from gradio_client import Client; " + (
    "print(json.dumps(Client(sys.argv[1], verbose=False).predict(sys.argv[2], api_name='/predict')))"
)


@pytest.fixture
def environment(tmp_path: Path) -> Callable[[Path], Path]:
    """Makes a clean environment with the requirements of a Space, and returns its Python."""

    def make(folder: Path) -> Path:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
        python = tmp_path / "venv" / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--no-compile", "--requirement", folder / "requirements.txt"], check=True)
        subprocess.run([*pip, "check"], check=True)
        return python

    return make


def read_only(folder: Path) -> list[str]:
    """Take away the right to write; modes do not bind root, who gets words that make a mount before a command."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    if os.geteuid() or not shutil.which("unshare"):
        return []
    script = f'mount --bind "{folder}" "{folder}" && mount -o remount,ro,bind "{folder}" && cd "{folder}" && exec "$@"'
    words = ["unshare", "--mount", "sh", "-c", script, "sh"]
    allowed = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    return words if allowed else []


def digests(folder: Path) -> dict[Path, str]:
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def running(
    command: list[str], folder: Path, variables: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, log.read_text()[-3000:]
        time.sleep(0.1)


@pytest.mark.slow
def test_space_runs_in_a_readonly_folder(
    build: Callable[..., Path], environment: Callable[[Path], Path], tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    (feed,) = write_feeds([(TITLE, "demo")], tmp_path / "served", now - timedelta(hours=1)).values()
    with serve_folder(tmp_path / "served") as address:
        feeds = tmp_path / "feeds.yaml"
        feeds.write_text(yaml.safe_dump({"addresses": [f"{address}/{feed.name}"], "fetch": {"allow_hosts": [HOST]}}))
        folder = build(feeds=feeds)
        python = environment(folder)
        assert subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 1
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        before, prefix = digests(folder), read_only(folder)
        variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path),
                     "BAROMETER_DATA": str(tmp_path / "data"), "BAROMETER_APP_PORT": str(port)}  # fmt: skip
        log = tmp_path / "log"
        with (
            running([*prefix, str(python), "app.py"], folder, variables, log) as process,
            httpx.Client(base_url=f"http://{HOST}:{port}", timeout=30, trust_env=False) as client,
        ):

            def asked(path: str) -> Any:
                try:
                    return client.get(path).json()
                except httpx.TransportError:
                    assert process.poll() is None, log.read_text()[-3000:]
                    return {}

            until(lambda: asked("/health").get("model_ready") is True, log)
            assert "Crypto news barometer" in client.get("/").text
            # The snapshot's news is two days old; the refresh that starts with the Space brings what the feed has.
            until(lambda: asked("/api/v1/barometer").get("count") == 1, log)
            until(lambda: asked("/api/v1/barometer")["stale"] is False, log)
            (listed,) = client.get("/api/news/top_k_news_titles", params={"k": 1}).json()
            assert listed["title"] == TITLE
            said = json.loads(subprocess.check_output([python, "-c", ASK, str(client.base_url), TITLE]))
            assert said["positive"] == pytest.approx(listed["positive"], abs=1e-5), said
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
        assert "Traceback" not in log.read_text()
        assert digests(folder) == before
