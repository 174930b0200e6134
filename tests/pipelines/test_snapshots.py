"""Corpora kept as data versions; `flows/test_loop.py` trains on one."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from barometer.corpus.snapshots import content_md5

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(make_project: Callable[[], Any]) -> Any:
    """A project in which nothing has run yet."""
    return make_project()


def snapshot(project: Any, file: str) -> str:
    """Keep a corpus; gives its path."""
    return str(project.run("python", "-m", "barometer.cli.main", "snapshot", file).stdout.split()[-1])


def test_a_corpus_is_kept_once(project: Any, headlines: list[tuple[str, int]]) -> None:
    rows = [f"{text},{label}" for text, label in headlines]
    (project.folder / "labels.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    kept = snapshot(project, "labels.csv")
    assert kept == f"snapshots/{content_md5(project.folder / 'labels.csv')}.csv"
    assert snapshot(project, "labels.csv") == kept
    assert project.run("git", "ls-files", "--error-unmatch", f"{kept}.dvc").returncode == 0

    (project.folder / kept).unlink()
    assert snapshot(project, kept) == kept  # from DVC's cache
    assert content_md5(project.folder / kept) == Path(kept).stem


def test_unreadable_corpora_are_not_kept(project: Any) -> None:
    (project.folder / "bad.csv").write_text("title,label\na,1\n")
    done: subprocess.CompletedProcess[str] = project.run(
        "python", "-m", "barometer.cli.main", "snapshot", "bad.csv", check=False
    )
    assert done.returncode == 2 and "no column 'text'" in done.stderr
    assert not list(project.folder.glob(f"snapshots/{content_md5(project.folder / 'bad.csv')}*"))
