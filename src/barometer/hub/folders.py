"""Folders that are built whole: replaced in one step, and only where they hold what was built before."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

_LICENCE = Path(__file__).resolve().parents[3] / "LICENSE"


class FolderError(RuntimeError):
    """A folder cannot be built, or must not be replaced; the message says why."""


class HubError(RuntimeError):
    """A repository cannot be built or uploaded; the message says what is missing or wrong."""


@contextmanager
def replaced_folder(folder: Path, mark: str, kind: str) -> Iterator[Path]:
    """A folder to fill, which replaces `folder` once it is complete.

    Args:
        folder: what is replaced; it may be missing or empty.
        mark: a file, relative to the folder, that tells that it was built here.
        kind: what it is, for the message.

    Raises:
        FolderError: if `folder` holds anything else, which is kept.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not (folder / mark).is_file():
        raise FolderError(f"{folder} is not a {kind}; remove it or choose another --folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        new = Path(scratch) / folder.name
        new.mkdir()
        yield new
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)


def copy_licence(target: Path) -> None:
    """Copy the project's licence, from the checkout or the installed package, into a folder.

    Raises:
        HubError: if it is not found.
    """
    text = _LICENCE.read_text(encoding="utf-8") if _LICENCE.is_file() else _installed_licence()
    (target / "LICENSE").write_text(text, encoding="utf-8")


def _installed_licence() -> str:
    found = metadata.distribution("crypto-news-barometer").read_text("licenses/LICENSE")
    if not found:
        raise HubError(f"no licence at {_LICENCE}; a complete checkout has it")
    return found
