"""Versions of corpora: the digest that DVC gives to a file or a folder, computed without DVC."""

import hashlib
import json
from pathlib import Path

_IGNORED = frozenset({"__pycache__"})  # as .dvcignore has it


def file_md5(path: Path) -> str:
    """The MD5 of a file, in hex; it names a version and protects nothing."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def content_md5(path: Path) -> str:
    """DVC's digest of a file, or of a folder (with the ending `.dir`): that of the list of its files with theirs.

    Raises:
        FileNotFoundError: if there is neither.
    """
    if not path.is_dir():
        return file_md5(path)
    files = [file for file in path.rglob("*") if file.is_file() and not _IGNORED & set(file.parts)]
    rows = [{"md5": file_md5(file), "relpath": file.relative_to(path).as_posix()} for file in files]
    listing = json.dumps(sorted(rows, key=lambda row: row["relpath"]), sort_keys=True)
    return f"{hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest()}.dir"
