"""The server as a client starts it: a process of its own, asked over its standard input and output."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult

from serve.mcp.__main__ import main

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-W", "error", "-m", "serve.mcp", "stdio"]
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip


def environment(store: Path, model: Path) -> dict[str, str]:
    own = {"BAROMETER_DATABASE_URL": f"sqlite:///{store}", "BAROMETER_MODEL": str(model)}
    return own | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}


@pytest.mark.slow
def test_client_starts_asks_and_ends_it(
    ask: Callable[..., list[CallToolResult]], sources_of: Any, mcp_settings: Any, store_file: Path,
    tfidf_artifact: Path, tmp_path: Path,
) -> None:  # fmt: skip
    variables = environment(store_file, tfidf_artifact)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("barometer", {"until": "2026-03-02T12:00:00Z"}), ("history", {}), ("coins", {}), ("news", {"limit": 1}),
        ("predict", {"texts": ["Bitcoin soars"]}), ("explain", {"text": "Bitcoin soars"}), ("barometer", {"hours": -1}),
    ]  # fmt: skip
    with (tmp_path / "errors").open("w") as errors:
        started = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=variables, cwd=tmp_path)
        *found, refused = ask(stdio_client(started, errors), *calls)
    assert not any(one.is_error for one in found)
    reading, _, _, news, predicted, explained = (one.structured_content or {} for one in found)
    assert (reading["count"], reading["model_version"]) == (3, "0123456789ab")
    assert news["result"][0]["pub_time"] == "2026-03-02T11:00:00Z"
    assert explained["positive"] == predicted["predictions"][0]["positive"]
    assert refused.is_error and refused.content[0].text.startswith("hours = -1: ")
    said = (tmp_path / "errors").read_text()
    assert "Traceback" not in said and "Bitcoin soars" not in said


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "status"), [("end of input", 0), ("SIGTERM", -signal.SIGTERM)])
def test_output_is_protocol_until_the_end(missing: Path, ending: str, status: int) -> None:
    pipe = subprocess.PIPE
    process = subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(missing, missing))
    assert process.stdin and process.stdout and process.stderr
    try:
        process.stdin.write(b"no protocol\n" + json.dumps(HELLO).encode() + b"\n")
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline())]
        while answers[-1].get("id") != 1:
            answers.append(json.loads(process.stdout.readline()))
        assert "`barometer` now" in answers[-1]["result"]["instructions"]
        if ending == "SIGTERM":
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        output, log = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, output) == (status, b"")
    assert b"model_refused" in log and b"Traceback" not in log


def test_bad_setting_exits_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROMETER_MCP_HOSTS", "https://example.org")
    with pytest.raises(SystemExit) as stopped:
        main(["stdio"])
    assert str(stopped.value.code) == (
        "barometer: BAROMETER_MCP_HOSTS = 'https://example.org': 'https://example.org' is no host name; expected one "
        "such as example.org, without scheme and port"
    )
