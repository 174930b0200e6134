"""The services as processes of their own, as `barometer serve` starts them, and what they say of bad settings."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from serve.api.__main__ import main
from tests.servers.processes import free_port

ROOT = Path(__file__).resolve().parents[3]


def environment(**variables: str) -> dict[str, str]:
    own = {f"BAROMETER_{name}": value for name, value in variables.items()}
    return {**os.environ, **own, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("service", ["model", "data"])
def test_service_starts_answers_and_stops(
    service: str, until: Callable[..., None], sqlite_url: str, int8_artifact: Path
) -> None:
    port = free_port()
    variables = environment(**{f"{service.upper()}_PORT": str(port)}, MODEL=str(int8_artifact), DATABASE_URL=sqlite_url)
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "serve.api", service], env=variables, stderr=subprocess.PIPE, text=True
    )
    try:
        until(lambda: process.poll() is None and answers(f"http://127.0.0.1:{port}/health"))
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Finished server process" in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("service", "variables", "expected"),
    [
        ("data", {"DATA_PORT": "no"}, "barometer: BAROMETER_DATA_PORT = 'no': Input should be a valid integer"),
        ("data", {"DATABASE_URL": "mysql://a:secret@b/c"}, "barometer: BAROMETER_DATABASE_URL: database URL mysql://a:***"),
    ],
)  # fmt: skip
def test_bad_setting_exits_with_one_line(
    service: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"BAROMETER_{name}", value)
    with pytest.raises(SystemExit) as stopped:
        main([service])
    said = str(stopped.value.code)  # a text is written to standard error, and the status is 1
    assert said.startswith(expected)
    assert len(said.splitlines()) == 1
