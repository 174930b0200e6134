"""The registry behind a real `mlflow server` on PostgreSQL, artifacts on real S3: handed through and direct."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from barometer.card import read_card

if TYPE_CHECKING:
    from sqlalchemy import URL

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
BUCKET = "barometer"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
MODES = {
    "proxied": ("--serve-artifacts", "--artifacts-destination"),
    "direct": ("--no-serve-artifacts", "--default-artifact-root"),
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def running(words: list[str], address: str, log: Path, environment: dict[str, str]) -> Iterator[str]:
    """A server process, from its first answer on."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, stdout=output, stderr=output, cwd=log.parent, env=environment, start_new_session=True
        )
    until = time.monotonic() + 120
    try:
        while True:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:  # on a busy machine; its workers are of its group
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    words = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with running(words, address, tmp_path_factory.mktemp("s3") / "log", dict(os.environ)):
        request = urllib.request.Request(f"{address}/{BUCKET}", method="PUT")
        urllib.request.urlopen(request, timeout=10).close()
        yield address


@pytest.fixture(params=list(MODES))
def tracking(
    request: pytest.FixtureRequest, s3: str, postgresql_server: "URL", tmp_path: Path
) -> Iterator[dict[str, str]]:
    """What the environment of a client says: the tracking server, and the keys of S3 where it needs them."""
    from sqlalchemy import create_engine, make_url

    url = make_url(str(postgresql_server.render_as_string(hide_password=False))).set(drivername="postgresql+psycopg")
    name, port = f"mlflow_{uuid4().hex}", free_port()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    serve, where = MODES[request.param]
    store = url.set(database=name).render_as_string(hide_password=False)
    keys = KEYS | {"MLFLOW_S3_ENDPOINT_URL": s3}
    alone = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # without five more processes, for jobs that nobody starts
    words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--backend-store-uri", store]
    address = f"http://127.0.0.1:{port}"
    with running(
        [sys.executable, "-m", "mlflow", *words, serve, where, f"s3://{BUCKET}/{request.param}"],
        f"{address}/health", tmp_path / "mlflow.log", os.environ | keys | alone,
    ):  # fmt: skip
        yield {"MLFLOW_TRACKING_URI": address} | (keys if request.param == "direct" else {})


@pytest.fixture
def run(tracking: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """Runs Python in a new process and folder; gives what it printed."""
    folder = tmp_path / "client"
    folder.mkdir()
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLFLOW_"))}
    environment = clean | tracking | {"PYTHONPATH": f"{ROOT}/src:{ROOT}"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *words],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


REGISTER = """
import sys
from pathlib import Path
from barometer.card import read_card
from barometer.ship.registry import ARTIFACT_PATH, Registry
registry = Registry("crypto-news-barometer", "barometer")
assert registry.champion() is None and registry.versions() == []
for artifact, gate in zip(map(Path, sys.argv[1:]), ("released", "passed")):
    run = registry.log_run("run", {"seed": 1}, {"accuracy": 0.5}, {ARTIFACT_PATH: artifact}, {})
    registry.note_learnt_from(run, [1, 2])
    registry.register(run, read_card(artifact).version, {"gate": gate})
registry.promote(registry.find("1"), "the first")
assert registry.learnt_from(registry.champion()) == {1, 2}
print(registry.client.get_run(run).info.artifact_uri)
"""


# Commands one after another in one process, which imports MLflow once; the versions that are served after each.
COMMANDS = """
import json, sys
from pathlib import Path
from typer.testing import CliRunner
from barometer.card import read_card
from barometer.cli.main import app
for words in json.loads(sys.argv[1]):
    done = CliRunner().invoke(app, ["model", *words], catch_exceptions=False)
    print(json.dumps([done.exit_code, done.stdout, read_card(Path("outputs/served")).version]))
"""


def test_register_pull_use_and_back(
    run: Callable[..., str], tracking: dict[str, str], tmp_path: Path, tfidf_artifact: Path, tiny_artifact: Path
) -> None:
    where = run("-c", REGISTER, str(tfidf_artifact), str(tiny_artifact)).splitlines()[-1]
    assert where.startswith(f"s3://{BUCKET}/direct/" if "AWS_ACCESS_KEY_ID" in tracking else "mlflow-artifacts:/")
    served = tmp_path / "client" / "outputs" / "served"
    barometer = ("-m", "barometer.cli.main", "model")
    assert run(*barometer, "pull").startswith("outputs/served: tfidf ")
    assert read_card(served) == read_card(tfidf_artifact)
    words = [["use", "2", "--reason", "better"], ["show"], ["use", "1"]]
    done = [json.loads(line) for line in run("-c", COMMANDS, json.dumps(words)).splitlines()]
    first, second = read_card(tfidf_artifact).version, read_card(tiny_artifact).version
    assert [(status, version) for status, _, version in done] == [(0, second), (0, second), (0, first)]
    shown = json.loads(done[1][1])
    assert (shown["version"], shown["reason"], shown["gate"]) == ("2", "better", "passed")
    assert read_card(served) == read_card(tfidf_artifact)
    assert not (tmp_path / "client" / "mlflow.db").exists()
