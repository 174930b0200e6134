"""A command that writes tracked files, run so that git sees no change."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "run_aside.sh"
Run = Callable[[str], int]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a shell command beside a commit of `lock` and `reports/old`; gives its exit status."""
    (tmp_path / "reports").mkdir()
    for name in ("lock", "reports/old"):
        (tmp_path / name).write_text("committed\n")
    (tmp_path / ".gitignore").write_text("/aside\n")
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "--message=a"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)

    def run_aside(command: str) -> int:
        words = ["bash", str(SCRIPT), "aside", "lock", "reports", "--", "bash", "-c", command]
        return subprocess.run(words, cwd=tmp_path, check=False).returncode

    return run_aside


def status(folder: Path) -> str:
    return subprocess.check_output(["git", "status", "--porcelain"], cwd=folder, text=True)


@pytest.mark.parametrize("end", [0, 3])
def test_changes_are_moved_aside(run: Run, tmp_path: Path, end: int) -> None:
    assert run(f"echo ours > lock; echo ours > reports/new; rm reports/old; exit {end}") == end
    assert (status(tmp_path), (tmp_path / "lock").read_text()) == ("", "committed\n")
    assert (tmp_path / "aside" / "lock").read_text() == "ours\n"
    assert [path.name for path in (tmp_path / "aside" / "reports").iterdir()] == ["new"]


def test_the_next_run_continues(run: Run, tmp_path: Path) -> None:
    run("echo ours > lock")
    assert run("grep --quiet ours lock") == 0
    assert (tmp_path / "lock").read_text() == "committed\n"


def test_own_changes_are_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "reports" / "old").write_text("mine\n")
    run("echo ours > lock")
    assert ((tmp_path / "reports" / "old").read_text(), (tmp_path / "lock").read_text()) == ("mine\n", "ours\n")
    assert not (tmp_path / "aside").exists()
