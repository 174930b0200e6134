"""The commands of the registry: what is champion and why, pulling it, going back."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import Result

from barometer.card import read_card
from barometer.ship.registry import ARTIFACT_PATH, Registry

Command = Callable[..., Result]


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, empty_registry: Path, tfidf_artifact: Path, tiny_artifact: Path
) -> Path:
    """A folder with a registry: the release, which is champion, a refused and a passed version."""
    folder = tmp_path_factory.mktemp("registry")
    shutil.copy(empty_registry, folder)
    registry = Registry("crypto-news-barometer", "barometer", f"sqlite:///{folder}/mlflow.db")
    for artifact, gate in ((tfidf_artifact, "released"), (tiny_artifact, "refused"), (tiny_artifact, "passed")):
        run = registry.log_run("run", {}, {}, {ARTIFACT_PATH: artifact}, {})
        tags = {"gate": gate, "gate.reason": f"{gate} for a reason", "gate.fresh.accuracy.challenger": 0.5}
        registry.register(run, read_card(artifact).version, tags)
    registry.promote(registry.find("1"), "the first")
    return folder


@pytest.fixture
def registry(filled: Path, command: Command, in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(filled, in_folder, dirs_exist_ok=True)
    return lambda *words: command("model", *words)


def test_pulling_makes_the_champion_usable(registry: Command, command: Command) -> None:
    missing = command("predict", "--model", "champion", given="Bitcoin soars\n")
    assert missing.exit_code == 2 and "`barometer model pull` the champion" in missing.stderr
    done = registry("pull")
    assert done.exit_code == 0 and done.stdout.startswith("outputs/served: tfidf ")
    answer = json.loads(command("predict", given="Bitcoin soars\n", BAROMETER_MODEL="champion").stdout)
    assert answer["model_version"] == read_card(Path("outputs/served")).version


def test_versions_are_listed_newest_first(registry: Command) -> None:
    lines = registry("list").stdout.splitlines()
    assert lines[0].split()[:4] == ["version", "model", "aliases", "gate"]
    assert [line.split()[0] for line in lines[1:]] == ["3", "2", "1"]
    assert " champion  " in lines[3] and " challenger  " in lines[1]
    facts = [json.loads(line) for line in registry("list", "--json").stdout.splitlines()]
    assert [fact["gate"] for fact in facts] == ["passed", "refused", "released"]
    assert facts[2]["aliases"] == ["champion"] and facts[2]["reason"] == "the first"


def test_versions_go_forth_and_back(registry: Command) -> None:
    registry("pull")
    assert registry("use", "3", "--reason", "it is better").stdout.startswith("outputs/served: bert ")
    assert json.loads(registry("show").stdout)["reason"] == "it is better"
    assert registry("use", "1").stdout.startswith("outputs/served: tfidf ")
    assert json.loads(registry("show", "champion").stdout)["version"] == "1"


def test_refused_versions_need_overruling(registry: Command) -> None:
    refused = registry("use", "2")
    assert refused.exit_code == 2 and "the gate refused version 2 (refused for a reason)" in refused.stderr
    assert json.loads(registry("show").stdout)["version"] == "1" and not Path("outputs/served").exists()
    assert registry("use", "2", "--refused").exit_code == 0


def test_broken_versions_never_become_champion(registry: Command) -> None:
    for graph in Path("mlruns").glob("**/model.onnx"):
        graph.write_bytes(b"broken")
    broken = registry("use", "3")
    assert broken.exit_code == 2 and "refused" in broken.stderr
    assert json.loads(registry("show").stdout)["version"] == "1"


def test_showing_gives_verdict_and_card(registry: Command, tiny_artifact: Path) -> None:
    shown = json.loads(registry("show", read_card(tiny_artifact).version).stdout)
    assert (shown["version"], shown["reason"]) == ("3", "passed for a reason")
    assert shown["tags"]["gate.fresh.accuracy.challenger"] == "0.5"
    assert shown["card"]["name"] == "bert"


def test_missing_registries_are_not_made(command: Command, in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = command("model", "pull")
    assert done.exit_code == 2 and f"no registry at {in_folder.resolve()}/mlflow.db" in done.stderr
    assert list(in_folder.iterdir()) == []


def test_unknown_versions_are_one_line(registry: Command) -> None:
    done = registry("pull", "9")
    assert done.exit_code == 2 and done.stderr.count("\n") == 1 and "has no version '9'" in done.stderr


def test_releases_stand_in_for_champions(command: Command, tiny_artifact: Path, tfidf_artifact: Path) -> None:
    pull = ("model", "pull", "--otherwise", str(tiny_artifact))
    nobody = "http://127.0.0.1:1"
    assert command(*pull, MLFLOW_TRACKING_URI=nobody).exit_code == 0
    assert read_card(Path("outputs/served")) == read_card(tiny_artifact)
    kept = command("model", "pull", "--otherwise", str(tfidf_artifact), MLFLOW_TRACKING_URI=nobody)
    assert kept.exit_code == 2 and "cannot be reached" in kept.stderr
    assert read_card(Path("outputs/served")) == read_card(tiny_artifact)


def test_releases_make_way_for_champions(registry: Command, tiny_artifact: Path, tfidf_artifact: Path) -> None:
    pull = ("pull", "--otherwise", str(tiny_artifact))
    assert registry(*pull, "--name", "nothing").exit_code == 0
    assert read_card(Path("outputs/served")) == read_card(tiny_artifact)
    assert registry(*pull).exit_code == 0
    assert read_card(Path("outputs/served")) == read_card(tfidf_artifact)


def test_pulling_again_follows_the_alias(
    registry: Command, in_folder: Path, tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Registry("crypto-news-barometer", "barometer", f"sqlite:///{in_folder}/mlflow.db")
    between = iter((lambda: known.promote(known.find("3"), "better"), Path("mlflow.db").unlink, sys.exit))
    monkeypatch.setattr("barometer.cli.model.time", SimpleNamespace(sleep=lambda seconds: next(between)()))
    done = registry("pull", "--every", "5")
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["tfidf", "bert"]
    assert "no registry at" in done.stderr  # which ends nothing
    assert read_card(Path("outputs/served")) == read_card(tiny_artifact)
