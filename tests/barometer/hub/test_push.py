"""Uploads to a hub of our own, as the installed library sends them."""

from pathlib import Path

import pytest
from huggingface_hub.errors import HfHubHTTPError

from barometer.hub.folders import HubError
from barometer.hub.push import check_name, check_token, push_folder
from tests.servers.hub import IN_CHUNKS, LARGE, Hub, sha256

NAME = "ann/mood"
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub to its client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a card, a small file in a folder, and one that goes by LFS."""
    folder = tmp_path / "repository"
    (folder / "index").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Ünïcode\n")
    (folder / "index" / "day.bin").write_bytes(bytes(range(256)))
    (folder / "model.onnx").write_bytes(b"\0large\n" * LARGE)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_the_folders_bytes_arrive(logged_in: Hub, folder: Path, kind: str) -> None:
    done = push_folder(folder, NAME, kind, private=True)
    repository = logged_in.repositories[kind, NAME]
    assert repository.branches == {"main": content(folder)}
    assert (repository.private, done.changed, len(logged_in.stored)) == (True, True, 1)
    assert done.url == f"{repository.address}/commit/{repository.commits['main'][-1]}"


def test_unchanged_folder_makes_no_commit(logged_in: Hub, folder: Path) -> None:
    first, again = (push_folder(folder, NAME, "dataset") for _ in range(2))
    repository = logged_in.repositories["dataset", NAME]
    assert (first.changed, again.changed, len(repository.commits["main"])) == (True, False, 2)
    assert logged_in.asked["put"] == 1
    (folder / "index" / "day.bin").write_bytes(b"new")
    assert push_folder(folder, NAME, "dataset").changed
    assert repository.branches["main"] == content(folder)
    assert len(repository.commits["main"]) == 3


@pytest.mark.filterwarnings("ignore:hf_xet.*deprecated:DeprecationWarning")  # only the check below calls it
def test_large_files_go_by_xet(logged_in: Hub, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hf_xet

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", False)
    logged_in.chunks = f"local://{tmp_path}/chunks"
    first, again = (push_folder(folder, NAME, "model") for _ in range(2))
    assert (first.changed, again.changed) == (True, False)
    model = content(folder)["model.onnx"]
    held = dict(logged_in.repositories["model", NAME].branches["main"])
    assert held.pop("model.onnx") == IN_CHUNKS + sha256(model).encode()
    assert held.items() < content(folder).items()
    (info,) = hf_xet.hash_files([str(folder / "model.onnx")])
    back = hf_xet.PyXetDownloadInfo(str(tmp_path / "back"), info.hash, len(model))
    hf_xet.download_files([back], logged_in.chunks, None, None, None)
    assert (tmp_path / "back").read_bytes() == model


def test_revision_leaves_main_alone(logged_in: Hub, folder: Path) -> None:
    for _ in range(2):
        push_folder(folder, NAME, "model", revision="v1/next")
    repository = logged_in.repositories["model", NAME]
    assert repository.branches == {"main": {}, "v1/next": content(folder)}
    assert len(repository.commits["v1/next"]) == 2


@pytest.mark.parametrize("request_kind", ["create", "info", "yaml", "commit"])
def test_errors_of_the_hub_are_retried(logged_in: Hub, folder: Path, request_kind: str) -> None:
    logged_in.failing[request_kind] = 2
    assert push_folder(folder, NAME, "model").changed
    assert logged_in.repositories["model", NAME].branches["main"] == content(folder)
    assert len(logged_in.repositories["model", NAME].commits["main"]) == 2


@pytest.mark.slow
def test_files_are_sent_again(logged_in: Hub, folder: Path) -> None:
    for request_kind in ("preupload", "put"):  # the library itself waits a second before it asks again
        logged_in.failing[request_kind] = 1
    assert push_folder(folder, NAME, "model").changed
    assert (logged_in.asked["preupload"], logged_in.asked["put"]) == (2, 2)
    assert logged_in.repositories["model", NAME].branches["main"] == content(folder)


def test_hub_that_keeps_failing_is_reported(logged_in: Hub, folder: Path) -> None:
    logged_in.failing["commit"] = 100
    with pytest.raises(HfHubHTTPError, match="503"):
        push_folder(folder, NAME, "model")
    assert logged_in.asked["commit"] == 4
    assert logged_in.repositories["model", NAME].branches["main"] == {}


def test_refusal_is_not_retried(logged_in: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "wrong")
    with pytest.raises(HfHubHTTPError, match="401"):
        push_folder(folder, NAME, "model")
    assert (logged_in.asked["create"], logged_in.repositories) == (1, {})


@pytest.mark.parametrize("name", ["mood", "a/b/c", "ann/", "ann/so me", "-/x--y"])
def test_bad_names_are_refused(name: str) -> None:
    from huggingface_hub.errors import HFValidationError

    with pytest.raises((HubError, HFValidationError)):
        check_name(name)


def test_missing_token_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(HubError, match="set HF_TOKEN, or log in with `hf auth login`"):
        check_token()
