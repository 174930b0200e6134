"""Data on S3: the commands of docs/scale.md against a real S3 server on loopback."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.tracking import KEYS

pytestmark = pytest.mark.slow
TITLES = "title\nBitcoin rallies as regulators approve a spot fund\n"
# The command line of DVC, several commands in one process; it stops at the first that fails.
DVC = "import sys; from dvc.cli import main; sys.exit(any(main(words.split()) for words in sys.argv[1:]))"
# Name and address of the remote stand in the repository, so that a clone needs nothing but keys.
SET_UP = ("remote add -d s3 s3://barometer/dvc", "remote modify s3 endpointurl {address}")
Dvc = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def dvc(tmp_path_factory: pytest.TempPathFactory) -> Dvc:
    """Runs DVC in a folder, with the keys that are given and no others: `dvc(folder, "push", **KEYS)`."""
    home = tmp_path_factory.mktemp("home")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "DVC_"))}
    alone = {"HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", "DVC_NO_ANALYTICS": "1", "AWS_MAX_ATTEMPTS": "1"}

    def run(folder: Path, *commands: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", DVC, *commands],
            cwd=folder, env=clean | alone | variables, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def git(folder: Path, *words: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory, s3: str, dvc: Dvc) -> Path:
    """A repository whose data file was pushed."""
    folder = tmp_path_factory.mktemp("author")
    git(folder, "init", "-q")
    (folder / "titles.csv").write_text(TITLES)
    set_up = [words.format(address=s3) for words in SET_UP]
    done = dvc(folder, "init -q", *set_up, "add -q titles.csv", "push", **KEYS)
    assert done.returncode == 0, done.stderr
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Add titles")
    return folder


@pytest.fixture
def clone(author: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(author), "clone")
    return tmp_path / "clone"


def test_clone_pulls_what_was_pushed(clone: Path, dvc: Dvc) -> None:
    assert not (clone / "titles.csv").exists()
    done = dvc(clone, "pull", "status -q", **KEYS)
    assert done.returncode == 0, done.stderr
    digest = hashlib.md5((clone / "titles.csv").read_bytes()).hexdigest()
    assert digest == hashlib.md5(TITLES.encode()).hexdigest()
    assert f"md5: {digest}" in (clone / "titles.csv.dvc").read_text()


def test_missing_keys_are_named(clone: Path, dvc: Dvc) -> None:
    done = dvc(clone, "pull")
    assert done.returncode != 0
    assert "failed to connect to s3 (barometer/dvc" in done.stderr and "Unable to locate credentials" in done.stderr
    assert not (clone / "titles.csv").exists()


def test_unreachable_server_is_named(clone: Path, dvc: Dvc) -> None:
    done = dvc(clone, "remote modify --local s3 endpointurl http://127.0.0.1:9", "pull", **KEYS)
    assert done.returncode != 0
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9/barometer/dvc' in done.stderr
    assert not (clone / "titles.csv").exists()
