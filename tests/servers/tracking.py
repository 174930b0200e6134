"""A real `mlflow server` on PostgreSQL, its artifacts on a real S3 server: handed through, or sent there directly."""

import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.servers.processes import free_port, running

if TYPE_CHECKING:
    from sqlalchemy import URL

BUCKET = "barometer"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
MODES = {
    "proxied": ("--serve-artifacts", "--artifacts-destination"),
    "direct": ("--no-serve-artifacts", "--default-artifact-root"),
}


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    words = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with running(words, address, tmp_path_factory.mktemp("s3") / "log", dict(os.environ)):
        request = urllib.request.Request(f"{address}/{BUCKET}", method="PUT")
        urllib.request.urlopen(request, timeout=10).close()
        yield address


Track = Callable[[str], AbstractContextManager[dict[str, str]]]


@pytest.fixture
def track(s3: str, postgresql_server: "URL", tmp_path: Path) -> Track:
    """Starts a tracking server: `with track("proxied")`, or direct, gives the environment of a client."""

    @contextmanager
    def started(mode: str) -> Iterator[dict[str, str]]:
        port, keys = free_port(), KEYS | {"MLFLOW_S3_ENDPOINT_URL": s3}
        address = f"http://127.0.0.1:{port}"
        serve, where = MODES[mode]
        words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        words += ["--backend-store-uri", _new_database(postgresql_server), serve, where, f"s3://{BUCKET}/{mode}"]
        alone = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # no five more processes, for jobs that nobody starts
        log, environment = tmp_path / "mlflow.log", os.environ | keys | alone
        with running([sys.executable, "-m", "mlflow", *words], f"{address}/health", log, environment):
            yield {"MLFLOW_TRACKING_URI": address} | (keys if mode == "direct" else {})

    return started


def _new_database(server: "URL") -> str:
    from sqlalchemy import create_engine

    url = server.set(drivername="postgresql+psycopg")
    name = f"mlflow_{uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)
