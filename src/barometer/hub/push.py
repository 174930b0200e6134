"""Uploads a folder to the Hugging Face hub, in one commit, with the library's own client.

What is there already and has not changed is not sent again, so an upload may be repeated: after an error of the hub it
is, a few times.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import huggingface_hub as hub
from huggingface_hub import CommitOperationAdd, HfApi, get_session
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import disable_progress_bars, logging, validate_repo_id  # type: ignore[attr-defined]

from barometer.hub.folders import HubError

Kind = Literal["model", "dataset"]
MAIN = "main"
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 60.0
ATTEMPTS, PAUSE_SECONDS = 4, 1.0
_SERVER_ERROR = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where an upload is now: the address of its commit, and whether there was anything new."""

    url: str
    changed: bool


def check_name(name: str) -> None:
    """Check that a name is one of a repository and its owner.

    Raises:
        HubError: if it is not `OWNER/NAME`.
        HFValidationError: if the hub would refuse it.
    """
    if name.count("/") != 1:
        raise HubError(f"{name!r} is no repository; expected OWNER/NAME")
    validate_repo_id(name)


def check_token() -> None:
    """Check that there is a token, from HF_TOKEN or the library's own login.

    Raises:
        HubError: if there is none.
    """
    if hub.get_token() is None:
        raise HubError("no token of the Hugging Face hub; set HF_TOKEN, or log in with `hf auth login`")


def push_folder(folder: Path, name: str, kind: Kind, *, private: bool = False, revision: str = MAIN) -> Pushed:
    """Upload every file of a folder, in one commit; files that only the repository has stay there.

    Args:
        folder: the folder.
        name: `OWNER/NAME`; the repository is created if it does not exist.
        kind: of repository.
        private: whether only its owner sees it, if it is created now.
        revision: a branch, which is created if it does not exist.

    Raises:
        HubError: if a large file does not arrive, or the hub refuses the metadata of README.md.
        HfHubHTTPError and other errors of the library's HTTP client: if the hub refuses, keeps failing, or is silent.
    """
    _set_manners()
    api = HfApi()
    _insistently(lambda: api.create_repo(name, repo_type=kind, private=private or None, exist_ok=True))
    if revision != MAIN:
        _insistently(lambda: api.create_branch(name, branch=revision, repo_type=kind, exist_ok=True))
    before = _insistently(lambda: api.repo_info(name, repo_type=kind, revision=revision)).sha
    made = _insistently(lambda: _commit(api, folder, name, kind, revision))
    return Pushed(made.commit_url, made.oid != before)


def _set_manners() -> None:
    """Let the library's client give up on a silent hub, and leave what to print to the caller."""
    # To connect, read, write, and get a connection; without it the client waits for ever.
    get_session().timeout = (CONNECT_SECONDS, ANSWER_SECONDS, ANSWER_SECONDS, CONNECT_SECONDS)
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    disable_progress_bars()


def _insistently(ask: Callable[[], T]) -> T:
    """Ask again while the hub answers with an error of its own; the library does so for some requests only."""
    for attempt in range(1, ATTEMPTS):
        try:
            return ask()
        except HfHubHTTPError as error:
            if error.response.status_code < _SERVER_ERROR:
                raise
            time.sleep(PAUSE_SECONDS * attempt)
    return ask()


def _commit(api: HfApi, folder: Path, name: str, kind: Kind, revision: str) -> hub.CommitInfo:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    try:
        return api.create_commit(
            name,
            [CommitOperationAdd(path.relative_to(folder).as_posix(), path) for path in files],
            commit_message="Upload the barometer",
            repo_type=kind,
            revision=revision,
        )
    except HfHubHTTPError:
        raise
    except (RuntimeError, ValueError, OSError) as error:  # a large file that did not arrive, or metadata refused
        raise HubError(f"{name} was not uploaded: {' '.join(str(error.__cause__ or error).split())}") from error
