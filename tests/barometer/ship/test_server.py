"""The registry behind a real `mlflow server` on PostgreSQL, artifacts on real S3: handed through and direct."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from barometer.card import read_card

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=["proxied", "direct"])
def tracking(request: pytest.FixtureRequest, track: Any) -> Iterator[dict[str, str]]:
    """What the environment of a client says: the tracking server, and the keys of S3 where it needs them."""
    with track(request.param) as variables:
        yield variables


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
    assert where.startswith("s3://barometer/direct/" if "AWS_ACCESS_KEY_ID" in tracking else "mlflow-artifacts:/")
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
