"""A corpus that was kept as a data version can be trained on in a workspace of DVC's own, and the card names it."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from barometer.card import read_card
from barometer.corpus.snapshots import content_md5

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(make_project: Callable[[], Any]) -> Any:
    """A project in which nothing has run yet."""
    return make_project()


def snapshot(project: Any, file: str) -> str:
    """Keep a corpus; gives its path."""
    return str(project.run("python", "-m", "barometer.cli.main", "snapshot", file).stdout.split()[-1])


def test_the_card_names_the_snapshot(project: Any, headlines: list[tuple[str, int]]) -> None:
    rows = [f"{text},{label},{'random' if k % 10 == 0 else ''}" for k, (text, label) in enumerate(headlines)]
    (project.folder / "labels.csv").write_text("\n".join(["text,label,sampled", *rows]) + "\n")
    kept = snapshot(project, "labels.csv")
    assert kept == f"snapshots/{content_md5(project.folder / 'labels.csv')}.csv"
    assert snapshot(project, "labels.csv") == kept
    assert project.run("git", "ls-files", "--error-unmatch", f"{kept}.dvc").returncode == 0
    (project.folder / "labels.csv").unlink()

    options = ("-S", "corpus=csv", "-S", f"corpus.path={kept}", "-S", "corpus.name=mine")
    project.run("dvc", "exp", "run", "--temp", "--name", "mine", *options, "export@tfidf")
    project.run("dvc", "exp", "apply", "mine", check=False)  # it misses what the other stages would have made
    project.run("dvc", "checkout", "--force", "outputs/artifacts/tfidf", "outputs/ingest")
    card = read_card(project.folder / "outputs" / "artifacts" / "tfidf")
    md5 = Path(kept).stem
    assert card.corpus == {"name": "mine", "path": kept, "md5": md5}
    assert card.data_version == f"{content_md5(project.folder / 'data')}+{md5}"
    votes = (project.folder / "outputs" / "ingest" / "votes.csv").read_text()
    assert votes.count(",random_sample,yardstick,") == -(-len(headlines) // 10)

    # Long after, another checkout gets the very corpus that the card names.
    (project.folder / kept).unlink()
    project.run("dvc", "checkout", f"{kept}.dvc")
    assert content_md5(project.folder / kept) == md5


def test_unreadable_corpora_are_not_kept(project: Any) -> None:
    (project.folder / "bad.csv").write_text("title,label\na,1\n")
    done: subprocess.CompletedProcess[str] = project.run(
        "python", "-m", "barometer.cli.main", "snapshot", "bad.csv", check=False
    )
    assert done.returncode == 2 and "no column 'text'" in done.stderr
    assert not list(project.folder.glob(f"snapshots/{content_md5(project.folder / 'bad.csv')}*"))
