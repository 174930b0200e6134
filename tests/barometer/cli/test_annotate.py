"""Annotation as an operator runs it on a real store; real processes for the round trip."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine
from typer.testing import Result

from barometer.corpus.sources import read_corpus
from barometer.live.annotation.interface import label_config
from barometer.live.annotation.sampling import sample_titles
from barometer.live.store.engine import open_engine

PROGRAM = [sys.executable, "-m", "barometer.cli.main"]
NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
UNKNOWN = "labelled headlines that the store lacks: 1 (task 17: 5); --skip-unknown leaves them out"
Save = Callable[[Engine, str, Sequence[tuple[datetime, float, Iterable[str]]]], list[int]]


@pytest.fixture
def run(tmp_path: Path, sqlite_url: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command in an empty folder, on a store with empty tables."""

    def run_command(*words: str) -> subprocess.CompletedProcess[str]:
        variables = os.environ | {"BAROMETER_DATABASE_URL": sqlite_url, "PYTHONIOENCODING": "latin-1"}
        return subprocess.run(
            [*PROGRAM, *words], cwd=tmp_path, env=variables, capture_output=True, encoding="utf-8", check=False
        )

    return run_command


Run = Callable[..., subprocess.CompletedProcess[str]]
Command = Callable[..., Result]


def annotate(task: dict[str, object], choice: str) -> dict[str, object]:
    result = {"from_name": "sentiment", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}
    return task | {"annotations": [{"completed_by": 1, "result": [result], "updated_at": "2024-05-18T00:00:00Z"}]}


@pytest.mark.slow
def test_sampled_headlines_return_as_a_corpus(run: Run, sqlite_url: str, save_scored: Save, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    save_scored(engine, "v", [(NOW, 0.5, ()), (NOW, 0.6, ()), (NOW, 0.9, ())])
    sample_titles(engine, "v", lambda probabilities, k: np.arange(k), 2, NOW)
    engine.dispose()
    sent = run("labels", "export")
    tasks = json.loads(sent.stdout)
    assert (len(tasks), sent.stderr) == (2, "-: 2 headlines to label\n")
    (tmp_path / "export.json").write_text(
        json.dumps([annotate(tasks[0], "Positive"), annotate(tasks[1], "Not news")]), encoding="utf-8"
    )
    assert run("labels", "import", "export.json").stdout == "2 new, 0 unchanged, skipped: none\n"
    assert run("labels", "import", "export.json").stdout == "0 new, 2 unchanged, skipped: none\n"
    assert json.loads(run("labels", "export").stdout) == []
    made = run("labels", "export", "--labelled", "corpus.csv")
    assert made.stderr == "corpus.csv: 1 labelled headlines; 1 left out as no news\n"
    (row,), refused = read_corpus(tmp_path / "corpus.csv")
    assert (row.text, row.votes[0].label.title, refused) == (tasks[0]["data"]["text"], "Positive", [])


def test_the_interface_needs_no_store(command: Command) -> None:
    done = command("labels", "export", "--config")
    assert (done.exit_code, done.stdout) == (0, label_config())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["labels", "export", "nowhere/tasks.json"], "No such file or directory: 'nowhere/tasks.json'"),
        (["labels", "export", "--config", "--labelled"], "give one of them"),
        (["labels", "import", "nowhere.json"], "No such file or directory: 'nowhere.json'"),
    ],
)
def test_impossible_requests_are_one_line(command: Command, sqlite_url: str, words: list[str], said: str) -> None:
    done = command(*words, BAROMETER_DATABASE_URL=sqlite_url)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_import_of_unknown_headline_names_task(command: Command, sqlite_url: str, tmp_path: Path) -> None:
    task = annotate({"id": 17, "data": {"text": "Bitcoin", "title_id": "5"}}, "Positive")
    (tmp_path / "export.json").write_text(json.dumps([task]))
    done = command("labels", "import", "export.json", "--database", sqlite_url)
    assert (done.exit_code, done.stderr) == (2, f"barometer: {UNKNOWN}\n")
    skipped = command("labels", "import", "export.json", "--database", sqlite_url, "--skip-unknown")
    assert skipped.stdout == "0 new, 0 unchanged, skipped: 1 unknown headline\n"
