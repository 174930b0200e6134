"""A registry in a file goes where its folder goes, and a copy is a registry of its own."""

import shutil
from pathlib import Path

import pytest

from barometer.card import read_card
from barometer.ship.moved import bring_home, database_file
from barometer.ship.registry import ARTIFACT_PATH, Registry
from barometer.ship.serving import pull


def fill(folder: Path, empty_registry: Path, artifact: Path) -> None:
    shutil.copy(empty_registry, folder / "mlflow.db")
    registry = Registry("sentiment", "experiment", f"sqlite:///{folder}/mlflow.db")
    run = registry.log_run("run", {}, {}, {ARTIFACT_PATH: artifact}, {})
    registry.promote(registry.register(run, read_card(artifact).version))


@pytest.mark.slow
def test_the_champion_survives_a_move(
    tmp_path: Path, empty_registry: Path, tfidf_artifact: Path, tiny_artifact: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    fill(old, empty_registry, tfidf_artifact)
    old.rename(new)
    registry = Registry("sentiment", "experiment", f"sqlite:///{new}/mlflow.db")
    assert pull(registry, folder=new / "served").name == "tfidf"
    run = registry.log_run("run", {}, {}, {ARTIFACT_PATH: tiny_artifact}, {})  # goes to the new folder too
    registry.promote(registry.register(run, read_card(tiny_artifact).version))
    assert pull(registry, folder=new / "served").name == "bert"
    assert not old.exists()
    found = registry.client.get_model_version("sentiment", "1")
    assert found.source.startswith(f"{new}/mlruns/") and Path(found.source).is_dir()


@pytest.mark.slow
def test_a_copy_stands_on_its_own(tmp_path: Path, empty_registry: Path, tfidf_artifact: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    fill(old, empty_registry, tfidf_artifact)
    shutil.copytree(old, new)
    registry = Registry("sentiment", "experiment", f"sqlite:///{new}/mlflow.db")
    shutil.rmtree(old / "mlruns")
    assert pull(registry, folder=new / "served").name == "tfidf"


@pytest.mark.slow
def test_artifacts_elsewhere_stay_there(tmp_path: Path, empty_registry: Path, tfidf_artifact: Path) -> None:
    first, database = tmp_path / "first", tmp_path / "alone" / "mlflow.db"
    first.mkdir()
    fill(first, empty_registry, tfidf_artifact)
    database.parent.mkdir()
    shutil.copy(first / "mlflow.db", database)
    registry = Registry("sentiment", "experiment", f"sqlite:///{database}")
    assert pull(registry, folder=tmp_path / "served").name == "tfidf"


@pytest.mark.parametrize(
    "uri", ["http://localhost:5000", "postgresql://localhost/mlflow", "sqlite:///file:x?mode=ro", "mlruns"]
)
def test_only_plain_files_are_looked_at(uri: str) -> None:
    assert database_file(uri) is None


def test_a_relative_file_has_one_place(in_folder: Path) -> None:
    assert database_file("sqlite:///mlflow.db") == in_folder.resolve() / "mlflow.db"
    assert bring_home(in_folder / "mlflow.db") == 0
    (in_folder / "mlflow.db").touch()
    assert bring_home(in_folder / "mlflow.db") == 0
