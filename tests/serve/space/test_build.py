import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, closing
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

import serve.space.build as building
from barometer.card import read_card
from serve.space.build import size_lines
from serve.space.build_parts import BuildError, pinned_requirements

ROOT = Path(__file__).resolve().parents[3]
CONSTRAINTS, HELD_BACK = ROOT / "constraints.txt", ROOT / "serve" / "space" / "platform.txt"
Build = Callable[..., Path]


@pytest.mark.slow
def test_space_is_complete_without_training(build: Build, int8_artifact: Path) -> None:
    folder = build()
    assert {path.name for path in folder.iterdir()} == {
        "LICENSE", "README.md", "app.py", "barometer", "docs", "feeds.yaml", "model", "reports", "requirements.txt",
        "serve", "snapshot.db",
    }  # fmt: skip
    assert read_card(folder / "model") == read_card(int8_artifact)
    names = {path.name for path in folder.rglob("*")}
    assert not names & {"corpus", "models", "ship", "checks", "query", "drift", "__pycache__", "build.py", "cli"}
    assert {"templates", "widget.html.j2", "overview.html.j2", "app.css", "coin_table.js"} <= names
    # As a Space starts: the folder of app.py first on the path, and nothing of the repository.
    program = "import sys, app, serve.space.refresh as r; print(r.__file__, *{'torch', 'sklearn'} & set(sys.modules))"
    found = subprocess.check_output([sys.executable, "-c", program], cwd=folder, text=True)
    assert found.split() == [str(folder / "serve" / "space" / "refresh.py")]
    assert list(size_lines(folder))[-1].split()[0] == "total"


def test_front_matter_suits_the_platform(build: Build, int8_artifact: Path) -> None:
    folder = build()
    _, front, text = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    matter = yaml.safe_load(front)
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (folder / "requirements.txt").read_text(), re.MULTILINE))
    assert (matter["sdk"], matter["sdk_version"], matter["app_file"]) == ("gradio", pins["gradio"], "app.py")
    assert matter["python_version"] == f"3.{sys.version_info.minor}"
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {matter["colorFrom"], matter["colorTo"]} <= colours
    assert len(matter["short_description"]) <= 60  # more is refused by the hub
    assert read_card(int8_artifact).version in text and "3 headlines" in text and "$" not in text


def test_requirements_cover_serving_only() -> None:
    pins = pinned_requirements(("live", "serve", "app"), ROOT / "pyproject.toml", CONSTRAINTS, HELD_BACK)
    assert {"onnxruntime", "gradio", "sqlalchemy", "starlette", "psycopg-binary", "nltk"} <= pins.keys()
    assert not {"torch", "transformers", "scikit-learn", "prefect", "dvc", "pytest"} & pins.keys()
    constraints = dict(line.split("==") for line in CONSTRAINTS.read_text().splitlines() if "==" in line)
    assert {name for name, version in pins.items() if constraints.get(name, version) != version} <= {
        "pydantic", "pydantic-core",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("extras", "constraints", "held_back", "message"),
    [
        (("live",), "sqlalchemy==0.1", "", "is installed, but .* has"),
        (("train",), None, "", "torch.*: a Space only predicts"),
        (("app",), None, "pydantic==2.999", r"needs pydantic<=.*, not 2\.999"),
    ],
)  # fmt: skip
def test_uninstallable_requirements_are_refused(
    extras: tuple[str, ...], constraints: str | None, held_back: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "constraints.txt").write_text(CONSTRAINTS.read_text() if constraints is None else constraints)
    (tmp_path / "platform.txt").write_text(held_back)
    with pytest.raises(BuildError, match=message):
        pinned_requirements(
            extras, ROOT / "pyproject.toml", tmp_path / "constraints.txt", tmp_path / "platform.txt"
        )  # fmt: skip


def test_snapshot_is_one_compact_file(build: Build, news: Path, int8_artifact: Path) -> None:
    folder = build()
    with closing(sqlite3.connect(f"file:{folder}/snapshot.db?mode=ro&immutable=1", uri=True)) as snapshot:

        def rows(query: str) -> list[tuple[object, ...]]:
            return snapshot.execute(query).fetchall()

        assert rows("PRAGMA journal_mode") == [("delete",)]
        assert rows("SELECT count(*) FROM news_titles") == [(3,)]
        assert rows("SELECT model_version, count(*) FROM model_predictions GROUP BY 1") == [
            (read_card(int8_artifact).version, 3)
        ]
        # Who labelled what is nobody's business, and feeds that were out of reach here are not out of reach there.
        assert rows("SELECT * FROM labeled_news_titles UNION ALL SELECT 1, 2, 3, 4, 5 FROM dropped_titles") == []
        assert rows("SELECT * FROM feeds") == []
    assert not list(folder.glob("snapshot.db-*"))
    with closing(sqlite3.connect(news)) as source:
        assert source.execute("SELECT count(*) FROM labeled_news_titles").fetchone() == (1,)


def test_bad_artifact_or_store_is_refused(build: Build, tiny_artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="is fp32; a Space takes the int8 artifact"):
        build(model=tiny_artifact)
    (tmp_path / "space").rmdir()
    with pytest.raises(BuildError, match="no store at"):
        build(database=tmp_path / "missing.db")


def test_oversized_space_is_refused(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "MAX_BYTES", 100_000)
    with pytest.raises(BuildError, match=r"bytes; the limit is 100,000\npart .*\nreports "):
        build()


@pytest.mark.slow
def test_command_replaces_only_a_space(
    command: Callable[..., Result], news: Path, int8_artifact: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "spaces" / "mine"

    def run(model: Path) -> Result:
        words = ["--folder", str(folder), "--model", str(model), "--database", str(news)]
        with chdir(ROOT):
            return command("space", "build", *words)

    done = run(int8_artifact)
    assert done.exit_code == 0, done.stderr
    assert re.search(r"^total +\d+ +\d+\.\d\d$", done.stdout, re.MULTILINE)
    (folder / "barometer" / "gone.py").write_text("")
    refused = run(tiny_artifact)
    assert (refused.exit_code, (folder / "barometer" / "gone.py").exists()) == (2, True)  # nothing is lost
    assert run(int8_artifact).exit_code == 0
    assert not (folder / "barometer" / "gone.py").exists()
    (folder / "serve" / "space" / "run.py").unlink()
    assert "is not a Space" in run(int8_artifact).stderr
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]
