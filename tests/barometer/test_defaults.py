"""A released model is found by its name, in the package or in the checkout; the wheel carries it and the coins."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from barometer import defaults
from barometer.defaults import find_model

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = Path(defaults.__file__).parent / "models_released" / "fast"


def test_a_folder_is_taken_as_is() -> None:
    assert find_model("outputs/artifacts/bert") == Path("outputs/artifacts/bert")
    assert find_model("./fast") == Path("fast")


def test_a_name_is_a_checkout_folder() -> None:
    assert find_model("fast") in {ROOT / "models" / "fast", PACKAGED}


def test_the_champion_is_what_was_pulled() -> None:
    assert find_model("champion") == Path("outputs/served")


def test_the_package_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fast").mkdir()
    monkeypatch.setattr(defaults, "_IN_PACKAGE", tmp_path)
    assert find_model("fast") == tmp_path / "fast"
    (tmp_path / "fast").rmdir()
    assert find_model("fast") == ROOT / "models" / "fast"


@pytest.mark.slow
def test_the_wheel_predicts_from_any_folder(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    source = tmp_path / "source"
    listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).splitlines()
    wanted = ("src/barometer/", "models/", "dvc-remote/", "conf/coins.yaml")
    files = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
    for name in listed:
        if name.startswith((*wanted, *files)) and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-compile"]
    install = [*pip, "-c", str(ROOT / "constraints.txt"), str(source)]
    subprocess.run(install, check=True, capture_output=True)
    (table,) = (tmp_path / "venv").rglob("site-packages/barometer/coins.yaml")
    assert table.read_bytes() == (ROOT / "conf" / "coins.yaml").read_bytes()
    done = subprocess.run(
        [str(tmp_path / "venv" / "bin" / "barometer"), "predict"],
        input="Bitcoin climbs to a record as inflows grow\n",
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    card = (
        json.loads((ROOT / "models" / "fast" / "card.json").read_text()) if (ROOT / "models" / "fast").is_dir() else {}
    )
    assert answer["label"] == "Positive" and answer["model_version"] == card.get("version", answer["model_version"])


def test_the_version_names_package_and_model() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "barometer.cli.main", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("barometer ") and ", model fast " in done.stdout
