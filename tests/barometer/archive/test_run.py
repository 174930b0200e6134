"""`barometer archive` on real Ray clusters, whose parts are killed; and what its user sees."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import Result

from tests.servers.processes import free_port

PART = "1"
NODE = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
SCORE = [sys.executable, "-W", "ignore", "-m", "barometer.cli.main", "archive", "score"]
Command = Callable[..., Result]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    """The address of a cluster of one node of one core, and the cluster."""
    monkeypatch.setenv("RAY_CLIENT_RECONNECT_GRACE_PERIOD", "1")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    port = free_port()
    quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 1000, "health_check_failure_threshold": 5}
    head = NODE | {"ray_client_server_port": port, "_system_config": quick}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        yield f"ray://127.0.0.1:{port}", cluster
    finally:
        cluster.shutdown()


def read_archive(out: Path) -> pa.Table:
    return pa.concat_tables([parquet.ParquetFile(file).read() for file in sorted(out.glob("month=*/*"))])


def wait_for_parts(out: Path, count: int, process: "subprocess.Popen[str]") -> None:
    """Wait until so many parts are done, and there is more to do."""
    while len(list(out.glob("_parts/*.arrow"))) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    assert not list(out.glob("month=*"))


@contextmanager
def started(*words: str) -> "Iterator[subprocess.Popen[str]]":
    """A process that is killed at the end, unless it has ended."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def find_scorer(raylet: int) -> psutil.Process | None:
    """A process that scores on a node, by the process of the node."""
    for process in psutil.Process(raylet).children(recursive=True):
        with suppress(psutil.Error):  # it may have ended meanwhile
            if "MapWorker" in " ".join(process.cmdline()):
                return process
    return None


def raylet(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


@pytest.mark.slow
@pytest.mark.long
def test_kills_lose_and_double_nothing(
    cluster: tuple[str, Any], archive_csv: Path, undisturbed: pa.Table, tfidf_artifact: Path, tmp_path: Path
) -> None:
    address, nodes = cluster
    out = tmp_path / "out"
    words = [*SCORE, str(archive_csv), str(out), "--model", str(tfidf_artifact), "--part", PART, "--address", address]
    with started(*words) as driver:
        wait_for_parts(out, 4, driver)
    kept = {path: path.stat().st_mtime_ns for path in out.glob("_parts/0*.arrow")}
    with started(*words) as again:
        wait_for_parts(out, len(kept) + 10, again)
        # After the client has connected: with both nodes on one machine it may otherwise do so through the second.
        second = nodes.add_node(**NODE)
        while not find_scorer(raylet(second)):
            wait_for_parts(out, 0, again)
        scorer = find_scorer(raylet(nodes.head_node))
        assert scorer
        scorer.kill()
        nodes.remove_node(second, allow_graceful=False)
        wait_for_parts(out, 0, again)
        assert {path: path.stat().st_mtime_ns for path in kept} == kept  # not done again
        told, errors = again.communicate()
    assert (again.returncode, errors) == (0, "")
    summary = json.loads(told)
    assert (summary["headlines"], summary["bad"], summary["months"]) == (800, 0, 7)
    assert sorted(path.name for path in out.iterdir() if not path.name.startswith("month=")) == ["archive.json"]
    assert read_archive(out) == undisturbed


@pytest.mark.slow
def test_this_machine_needs_no_address(tmp_path: Path, tfidf_artifact: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"title": "A", "pub_time": "2024-05-17T08:30"}\n')
    out = tmp_path / "out"
    words = [*SCORE, str(tmp_path / "in.jsonl"), str(out), "--model", str(tfidf_artifact)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no row is a headline; the first: " in done.stderr and "in.jsonl:1: the time" in done.stderr
    assert not list(out.glob("month=*"))


def test_no_ray_is_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    done = command("archive", "score", "in.csv", "out")
    assert (done.exit_code, done.stderr) == (
        2, "barometer: this needs the extra `scale` (ray is missing): pip install 'crypto-news-barometer[scale]'\n"
    )  # fmt: skip


@pytest.fixture
def one_headline(in_folder: Path) -> str:
    (in_folder / "in.csv").write_text("title,pub_time\nA,2024-05-17T08:30Z\n")
    return "in.csv"


def test_silent_clusters_are_given_up(
    command: Command, one_headline: str, tfidf_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("barometer.archive.cluster._SECONDS", 1.0)
    words = ("archive", "score", one_headline, "out", "--model", str(tfidf_artifact), "--address")
    for address, said in {
        f"ray://127.0.0.1:{free_port()}": "does not answer: Connection refused",
        "ray://": "expected ray://HOST:PORT",
        "127.0.0.1:6379": "expected ray://HOST:PORT",
    }.items():
        done = command(*words, address)
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
        assert address in done.stderr and said in done.stderr
    assert not Path("out").exists()


@pytest.mark.slow
def test_mute_servers_are_given_up(one_headline: str, tfidf_artifact: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"ray://127.0.0.1:{mute.getsockname()[1]}"
        quick = {"RAY_CLIENT_INITIAL_CONNECTION_TIMEOUT_S": "1", "RAY_CLIENT_MAX_CONNECTION_TIMEOUT_S": "1"}
        done = subprocess.run(
            [*SCORE, one_headline, "out", "--model", str(tfidf_artifact), "--address", address],
            env=os.environ | quick, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        2, f"barometer: {address} cannot be used: ray client connection timeout\n"
    )  # fmt: skip


def test_bad_input_is_one_line(command: Command, in_folder: Path, tfidf_artifact: Path) -> None:
    (in_folder / "in").mkdir()
    (in_folder / "in/a.csv").write_text("title,date\nA,2024\n")
    model = ("--model", str(tfidf_artifact))
    done = command("archive", "score", "in", "out", *model)
    assert (done.exit_code, done.stderr) == (
        2, "barometer: in/a.csv: expected the columns title and pub_time; found title, date\n"
    )  # fmt: skip
    assert "in/out is within in" in command("archive", "score", "in", "in/out", *model).stderr
    assert "expected a path or s3://" in command("archive", "score", "gs://a/b", "out", *model).stderr
    assert [path.name for path in in_folder.iterdir()] == ["in"]


def test_loading_needs_an_archive(command: Command, sqlite_url: str) -> None:
    done = command("archive", "load", "nothing", "--database", sqlite_url)
    assert (done.exit_code, done.stderr) == (
        2, "barometer: nothing is no archive; `barometer archive score` makes one\n"
    )  # fmt: skip
