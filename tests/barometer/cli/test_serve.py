"""`barometer space push` against a local stand-in for the hub, which keeps what it is asked."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from barometer.cli import common
from barometer.labels import CLASS_NAMES
from tests.servers.json_answers import JsonAnswer, JsonServer, serving


class Hub(JsonServer):
    """Answers what an upload asks: make the Space, list it, how to send each file, commit."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.created: list[dict[str, Any]] = []
        self.commits: list[list[dict[str, Any]]] = []
        self.held: list[str] = []


class Answer(JsonAnswer, BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        if "/tree/" in self.path:
            self._reply([{"type": "file", "path": path, "size": 1, "oid": "0" * 40} for path in self.server.held])
        else:
            siblings = [{"rfilename": path} for path in self.server.held]
            self._reply({"id": "ann/barometer", "sha": "0" * 40, "siblings": siblings})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers["Authorization"] != "Bearer good":
            self._reply({"error": "Invalid credentials"}, 401)
        elif self.path == "/api/repos/create":
            self.server.created.append(json.loads(body))
            self._reply({"url": f"{self.server.address}/spaces/ann/barometer"})
        elif "/preupload/" in self.path:
            files = json.loads(body)["files"]
            self._reply({"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]})
        else:
            self.server.commits.append([json.loads(line) for line in body.splitlines()])
            self._reply({"commitUrl": f"{self.server.address}/spaces/ann/barometer/commit/1", "commitOid": "1" * 40})


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub()) as server:
        yield server


def push(folder: Path, endpoint: str, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"HF_ENDPOINT": endpoint, "HF_TOKEN": token, "HF_HOME": str(folder.parent / "hub")}
    command = [sys.executable, "-m", "barometer.cli.main", "space", "push", "ann/barometer", "--folder", str(folder)]
    return subprocess.run([*command, *words], env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small stand-in for a Space, which was tried out where it lies."""
    folder = tmp_path / "space"
    (folder / "barometer" / "__pycache__").mkdir(parents=True)
    (folder / "barometer" / "__pycache__" / "labels.pyc").write_bytes(b"0")
    (folder / "barometer" / "labels.py").write_text(repr(CLASS_NAMES))
    (folder / "app.py").write_text("print('hello')")
    return folder


def test_the_space_mirrors_the_folder(hub: Hub, folder: Path) -> None:
    hub.held = [".gitattributes", "app.py", "barometer/gone.py"]
    done = push(folder, hub.address, "good", "--private")
    assert (done.returncode, done.stdout.strip()) == (0, f"{hub.address}/spaces/ann/barometer"), done.stderr
    asked = {"name": "barometer", "organization": "ann", "visibility": "private", "type": "space", "sdk": "gradio"}
    assert hub.created == [asked]
    (commit,) = hub.commits
    files = [line["value"] for line in commit if line["key"] == "file"]
    sent = {file["path"]: base64.b64decode(file["content"]) for file in files}
    assert sent == {"app.py": b"print('hello')", "barometer/labels.py": repr(CLASS_NAMES).encode()}
    assert [line["value"]["path"] for line in commit if line["key"] == "deletedFile"] == ["barometer/gone.py"]


def test_refusal_is_reported_without_the_token(hub: Hub, folder: Path) -> None:
    refused = push(folder, hub.address, "wrong-token")
    assert refused.returncode == 2
    assert refused.stderr.startswith("barometer: ann/barometer was not uploaded: ")
    assert "401" in refused.stderr and "wrong-token" not in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    unreachable = push(folder, "http://127.0.0.1:9", "good")
    assert (unreachable.returncode, len(unreachable.stderr.splitlines())) == (2, 1), unreachable.stderr


def test_only_a_space_is_uploaded(command: Callable[..., Result], tmp_path: Path) -> None:
    done = command("space", "push", "ann/barometer", "--folder", str(tmp_path))
    assert done.exit_code == 2
    assert done.stderr == f"barometer: no Space at {tmp_path}; build one with: barometer space build\n"


def test_only_mcp_has_another_transport(command: Callable[..., Result]) -> None:
    done = command("serve", "data", "--transport", "stdio")
    assert (done.exit_code, done.stderr) == (
        2, "barometer: --transport stdio is for mcp; data answers over HTTP\n",
    )  # fmt: skip


def test_mcp_names_its_missing_extra(command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "find_spec", lambda name: None if name == "mcp" else find_spec(name))
    done = command("serve", "mcp")
    assert (done.exit_code, done.stderr) == (
        2, "barometer: this needs the extra `mcp` (mcp is missing): pip install 'crypto-news-barometer[mcp]'\n",
    )  # fmt: skip
