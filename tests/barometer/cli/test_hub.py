"""`barometer hub push`, against a hub of our own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from barometer.card import read_card
from barometer.predictor import Predictor
from tests.servers.hub import TOKEN, Hub

ROOT = Path(__file__).resolve().parents[3]
DATA_CARD = ROOT / "docs" / "data-card-news.md"
NAME = "ann/mood"
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub to its client


def program(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "barometer.cli.main", "hub", "push", *words]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)


@pytest.fixture
def model_words(measured_artifact: Path, encoder_file: Path) -> Sequence[str]:
    return (
        "model", NAME, "--model", str(measured_artifact), "--encoder", str(encoder_file), "--data-card", str(DATA_CARD),
    )  # fmt: skip


@pytest.fixture
def dataset_words(published_store: Path, label_folder: Path) -> Sequence[str]:
    return (
        "dataset", NAME, "--database", f"sqlite:///{published_store}", "--labels", str(label_folder),
        "--data-card", str(DATA_CARD),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_what_is_written_is_what_arrives(
    logged_in: Hub, kind: str, request: pytest.FixtureRequest, tmp_path: Path, command: Callable[..., Result]
) -> None:
    words = request.getfixturevalue(f"{kind}_words")
    folder = tmp_path / "folder"
    written = command("hub", "push", *words, "--folder", str(folder))
    assert (written.exit_code, logged_in.asked) == (0, {}), written.stderr
    assert written.stdout == f"{folder} is the whole repository. Upload it with: barometer hub push {kind} {NAME}\n"
    if kind == "model":
        done = command("hub", "push", *words, "--private")
        status, said = done.exit_code, done.stderr
    else:  # as its own process, which reads the hub's address from the environment
        variables = {"HF_ENDPOINT": logged_in.address, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}
        process = program(*words, "--private", **variables)
        done, status, said = process, process.returncode, process.stderr
    assert (status, said) == (0, "")
    repository = logged_in.repositories[kind, NAME]
    assert done.stdout == f"{repository.address}/commit/{repository.commits['main'][-1]}\n"
    assert repository.private
    assert repository.branches["main"] == {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    again = command("hub", "push", *words)
    assert again.stdout == done.stdout.replace("\n", " (unchanged)\n")


def test_dry_run_writes_a_folder(command: Callable[..., Result], model_words: Sequence[str], in_folder: Path) -> None:
    for _ in range(2):  # the second replaces the first
        done = command("hub", "push", *model_words, "--dry-run", HF_TOKEN="")
        assert (done.exit_code, done.stderr) == (0, "")
    assert [path.name for path in in_folder.iterdir()] == ["outputs"]
    folder = in_folder / "outputs" / "hub" / "model"
    assert Predictor.load(folder).version == read_card(folder).version
    (folder / "README.md").unlink()
    refused = command("hub", "push", *model_words, "--dry-run")
    assert refused.exit_code == 2
    assert refused.stderr == (
        "barometer: outputs/hub/model is not a model repository; remove it or choose another --folder\n"
    )


def test_without_token_nothing_is_written(
    command: Callable[..., Result], model_words: Sequence[str], in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(in_folder / "none"))
    done = command("hub", "push", *model_words, HF_TOKEN="")
    said = "barometer: no token of the Hugging Face hub; set HF_TOKEN, or log in with `hf auth login`\n"
    assert (done.exit_code, done.stderr) == (2, said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("model", "mood"), "'mood' is no repository; expected OWNER/NAME"),
        (("model", NAME, "--model", "none", "--dry-run"), "no model artifact at none"),
        (("model", NAME, "--encoder", "none.yaml", "--dry-run"), ""),
        (("dataset", NAME, "--database", "sqlite:///none.db", "--dry-run"), ""),
    ],
)  # fmt: skip
def test_what_is_missing_is_one_line(command: Callable[..., Result], words: Sequence[str], said: str) -> None:
    done = command("hub", "push", *words)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(f"barometer: {said}")


def test_refusal_is_one_line(logged_in: Hub, command: Callable[..., Result], dataset_words: Sequence[str]) -> None:
    done = command("hub", "push", *dataset_words, HF_TOKEN="wrong-token")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(f"barometer: {NAME} was not uploaded: ")
    assert "401" in done.stderr and "wrong-token" not in done.stderr


@pytest.mark.parametrize("silent", [False, True])
def test_unreachable_hub_is_one_line(
    command: Callable[..., Result], dataset_words: Sequence[str], monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if silent:  # it takes connections and says nothing
            listener.listen()
            monkeypatch.setattr("barometer.hub.push.ANSWER_SECONDS", 0.5)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        began = time.monotonic()
        done = command("hub", "push", *dataset_words, HF_TOKEN=TOKEN)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert done.stderr.startswith(f"barometer: {NAME} was not uploaded: ")
    assert time.monotonic() - began < 10
