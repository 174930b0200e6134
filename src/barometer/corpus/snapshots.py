"""Versions of corpora: the digest that DVC gives to a file or a folder, and copies that are named by it."""

import hashlib
import json
import tempfile
from pathlib import Path

SNAPSHOTS = Path("snapshots")  # beside data/, which is one data version as a whole
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


def keep_snapshot(content: bytes, folder: Path = SNAPSHOTS) -> Path:
    """Write a corpus (CSV) to `MD5.csv` in a folder, whole or not at all; the same content is the same file."""
    target = folder / f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}.csv"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".unfinished-", delete=False) as stream:
            stream.write(content)
        Path(stream.name).chmod(0o644)
        Path(stream.name).replace(target)
    return target
