"""A server that is not there is found out in seconds, whatever kind of silence it keeps."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from barometer.ship.reachable import RegistryError, check_reachable

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_closed_port_is_named(closed: int) -> None:
    for scheme in ("http", "https", "postgresql+psycopg"):
        with pytest.raises(RegistryError, match=f"{closed} cannot be reached: Connection refused; MLFLOW_TRACKING_URI"):
            check_reachable(f"{scheme}://user:secret@127.0.0.1:{closed}")


def test_passwords_are_not_repeated(closed: int) -> None:
    with pytest.raises(RegistryError) as error:
        check_reachable(f"postgresql://user:secret@127.0.0.1:{closed}/mlflow")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_silence_ends_the_wait(silent: int, scheme: str) -> None:
    start = time.monotonic()
    with pytest.raises(RegistryError, match=r"no answer within 0\.2 seconds"):
        check_reachable(f"{scheme}://127.0.0.1:{silent}", seconds=0.2)
    assert time.monotonic() - start < 5


def test_unknown_hosts_are_named() -> None:
    with pytest.raises(RegistryError, match=r"http://nowhere\.invalid cannot be reached"):
        check_reachable("http://nowhere.invalid")


def test_other_servers_break_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(RegistryError, match="cannot be reached"):
            check_reachable(f"http://127.0.0.1:{server.getsockname()[1]}", seconds=2)


def test_any_answer_is_an_answer() -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(403)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        check_reachable(f"http://127.0.0.1:{server.server_port}/prefix/")


def test_files_need_no_server() -> None:
    for uri in ("sqlite:///mlflow.db", "mlruns", "file:///tmp/mlruns", "postgresql:///mlflow?host=/run"):
        check_reachable(uri)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["closed", "silent"])
@pytest.mark.parametrize("words", [["barometer.cli.main", "model", "list"], ["pipelines.stages.register"]])
def test_commands_end_with_one_line(
    request: pytest.FixtureRequest, in_folder: Path, kind: str, words: list[str]
) -> None:
    port = request.getfixturevalue(kind)
    (in_folder / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=in_folder, capture_output=True, text=True, check=False, timeout=60,
        env=os.environ | {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}", "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and f"MLflow at http://127.0.0.1:{port} cannot be reached" in done.stderr
