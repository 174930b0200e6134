"""The registry against a real MLflow: on a SQLite file, and behind a server."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from barometer.card import read_card
from barometer.predictor import Predictor
from barometer.ship.reachable import RegistryError
from barometer.ship.registry import ARTIFACT_PATH, CHALLENGER, CHAMPION, Registry


@pytest.fixture
def registry(in_folder: Path, empty_registry: Path) -> Registry:
    """A registry on a fresh SQLite file; artifacts go below the working folder, which is a temporary one."""
    shutil.copyfile(empty_registry, in_folder / "mlflow.db")
    return Registry("sentiment", "experiment", f"sqlite:///{in_folder}/mlflow.db")


def log(registry: Registry, artifact: Path) -> str:
    version = read_card(artifact).version
    return registry.log_run(
        "demo-tfidf",
        {"seed": 7, "path": "x" * 2000, "nothing": None},
        {"accuracy": 0.75, "macro_f1": 0.5},
        {ARTIFACT_PATH: artifact, "reports": artifact},
        {"model_version": version},
    )


def test_runs_keep_params_metrics_and_artifacts(registry: Registry, tfidf_artifact: Path) -> None:
    run_id = log(registry, tfidf_artifact)
    run = registry.client.get_run(run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "demo-tfidf")
    assert (run.data.params["seed"], run.data.params["nothing"]) == ("7", "None")
    assert run.data.params["path"] == "x" * 500
    assert run.data.metrics == {"accuracy": 0.75, "macro_f1": 0.5}
    assert run.data.tags["model_version"] == read_card(tfidf_artifact).version
    stored = {item.path for item in registry.client.list_artifacts(run_id, "reports")}
    assert stored == {"reports/card.json", "reports/model.onnx", "reports/vocabulary.json"}


def test_runs_of_one_experiment_stay_together(registry: Registry, tfidf_artifact: Path) -> None:
    ids = {log(registry, tfidf_artifact), log(registry, tfidf_artifact)}
    experiment = registry.client.get_experiment_by_name("experiment")
    assert experiment is not None
    assert {run.info.run_id for run in registry.client.search_runs([experiment.experiment_id])} == ids


def test_a_failing_run_is_not_finished(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="exceeds the maximum length"):
        registry.log_run("broken", {}, {"x" * 300: 0.5}, {}, {})
    experiment = registry.client.get_experiment_by_name("experiment")
    assert experiment is not None
    assert [run.info.status for run in registry.client.search_runs([experiment.experiment_id])] == ["FAILED"]


def test_bad_characters_in_metrics_are_replaced(registry: Registry) -> None:
    run = registry.log_run("named", {}, {"test.less of something bad (%)\n": 0.5}, {}, {})
    assert registry.client.get_run(run).data.metrics == {"test.less of something bad ____": 0.5}


def test_logging_leaves_the_environment_alone(registry: Registry, tfidf_artifact: Path) -> None:
    def variables() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name != "_MLFLOW_TELEMETRY_SESSION_ID"}

    before = variables()
    log(registry, tfidf_artifact)
    assert variables() == before  # but for what a thread of MLflow's own takes back when it likes


def test_each_registration_is_a_new_challenger(registry: Registry, tfidf_artifact: Path) -> None:
    first = registry.register(log(registry, tfidf_artifact), "aaa")
    second = registry.register(log(registry, tfidf_artifact), "bbb")
    assert (first.number, second.number) == ("1", "2")
    challenger = registry.client.get_model_version_by_alias("sentiment", CHALLENGER)
    assert (str(challenger.version), challenger.run_id, challenger.tags["model_version"]) == (
        "2",
        second.run_id,
        "bbb",
    )


def test_no_champion_before_the_first_promotion(registry: Registry, tfidf_artifact: Path) -> None:
    assert registry.champion() is None
    registry.register(log(registry, tfidf_artifact), "aaa")
    assert registry.champion() is None


def test_promotion_moves_the_champion(registry: Registry, tfidf_artifact: Path) -> None:
    first = registry.register(log(registry, tfidf_artifact), "aaa")
    second = registry.register(log(registry, tfidf_artifact), "bbb")
    registry.promote(first)
    assert registry.champion() == first
    registry.promote(second)
    assert registry.champion() == second
    aliases = {number: set(registry.client.get_model_version("sentiment", number).aliases) for number in ("1", "2")}
    assert aliases == {"1": set(), "2": {CHALLENGER, CHAMPION}}


def test_a_downloaded_version_loads(registry: Registry, tfidf_artifact: Path) -> None:
    version = registry.register(log(registry, tfidf_artifact), read_card(tfidf_artifact).version)
    with registry.download(version) as folder:
        assert Predictor.load(folder).version == version.model_version
    assert not folder.exists()


def test_experiments_share_the_checkouts_file(
    in_folder: Path, empty_registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("DVC_ROOT", str(in_folder))
    shutil.copyfile(empty_registry, in_folder / "mlflow.db")
    copy = in_folder / ".dvc" / "tmp" / "exps" / "abc"
    copy.mkdir(parents=True)
    monkeypatch.chdir(copy)
    assert Registry("sentiment", "experiment", create=False).versions() == []
    assert not (copy / "mlflow.db").exists()
    with pytest.raises(RegistryError, match="no registry at"):
        Registry("sentiment", "experiment", "sqlite:///other.db", create=False)


def test_tags_say_what_is_known(registry: Registry, tfidf_artifact: Path) -> None:
    known = {"gate": "refused", "gate.held-out a (b).accuracy": 0.12345678, "empty": "", "long": "x" * 9000}
    version = registry.register(log(registry, tfidf_artifact), "aaa", known)
    assert version == registry.find("1") == registry.find("aaa") == registry.find(CHALLENGER)
    assert version.tags["gate.held-out a _b_.accuracy"] == "0.123457" and "empty" not in version.tags
    assert len(version.tags["long"]) == 5000
    registry.promote(version, "a person said so")
    found = registry.find(CHAMPION)
    assert found.aliases == ("challenger", "champion") and found.tags["champion.reason"] == "a person said so"


def test_what_was_learnt_from_is_kept(registry: Registry, tfidf_artifact: Path) -> None:
    run = log(registry, tfidf_artifact)
    version = registry.register(run, "aaa")
    assert registry.learnt_from(version) is None
    registry.note_learnt_from(run, {2**63 - 1, -5, 7})
    assert registry.learnt_from(version) == {2**63 - 1, -5, 7}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a real `mlflow server`, its database and artifacts in a temporary folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{tmp_path}/server.db", "--artifacts-destination", f"{tmp_path}/files"]
    alone = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # without five more processes
    with (tmp_path / "server.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *words, *stores],
            stdout=output, stderr=output, cwd=tmp_path, env=alone,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_healthy(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except OSError:
            assert process.poll() is None and time.monotonic() < until, "mlflow server did not start"
            time.sleep(0.3)


SESSION = """
import sys
from pathlib import Path
from barometer.card import read_card
from barometer.predictor import Predictor
from barometer.ship.reachable import RegistryError
from barometer.ship.registry import ARTIFACT_PATH, Registry
registry, artifact = Registry("sentiment", "experiment"), Path(sys.argv[1])
assert registry.champion() is None
run_id = registry.log_run("run", {"seed": 1}, {"accuracy": 0.5}, {ARTIFACT_PATH: artifact}, {})
registry.promote(registry.register(run_id, read_card(artifact).version))
with registry.download(registry.champion()) as folder:
    print(registry.champion().number, Predictor.load(folder).version)
"""


@pytest.mark.slow
def test_the_environment_names_the_tracking_server(server: str, tfidf_artifact: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SESSION, str(tfidf_artifact)],
        env=os.environ | {"MLFLOW_TRACKING_URI": server},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    version = read_card(tfidf_artifact).version
    assert done.stdout.splitlines()[-1] == f"1 {version}"
    assert not (tmp_path / "mlflow.db").exists()
    assert MlflowClient(server).get_model_version_by_alias("sentiment", CHAMPION).tags["model_version"] == version
    # A client that has not logged anything, and whose process has another default, downloads as well.
    elsewhere = Registry("sentiment", "experiment", server)
    champion = elsewhere.champion()
    assert champion is not None
    with elsewhere.download(champion) as folder:
        assert Predictor.load(folder).version == version
