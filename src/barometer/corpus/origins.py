"""The public repositories that real headlines come from: `origins.toml` as records.

A repository's licence covers the repository; the headlines are their publishers' own.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Reader = Literal["csv", "json", "jsonl", "rss", "archive"]
NO_ORIGIN = ""


@dataclass(frozen=True, slots=True)
class TitleFile:
    """A file of a repository, and where its records keep what.

    Attributes:
        commit: in full.
        reader: how it is read; see `barometer.corpus.title_readers`.
        title, date, source: a column, or a key (of nested JSON: keys and list positions joined by dots); empty where
            there is none.
        path: inside the repository; empty for the archive of a whole commit.
        members: of an archive, patterns of its CSV files, or of ZIP files of such.
        sha256: empty where it is not known: a host may pack an archive anew.
        delimiter, skip: of a CSV file, and how many lines stand before its header.
    """

    commit: str
    reader: Reader
    title: str = "title"
    date: str = ""
    source: str = ""
    path: str = ""
    members: tuple[str, ...] = ()
    sha256: str = ""
    delimiter: str = ","
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """A public repository.

    Attributes:
        key: its short name.
        repository: OWNER/NAME on GitHub.
        licence: of the repository; empty where it names none.
        files: in the order in which they are searched.
        names: what lists of origins call it besides its key.
    """

    key: str
    repository: str
    licence: str
    files: tuple[TitleFile, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hosts:
    """Base addresses of single files and of archives."""

    raw: str = "https://raw.githubusercontent.com"
    archives: str = "https://codeload.github.com"

    def address(self, origin: Origin, file: TitleFile) -> str:
        """Where a file of a repository is downloaded."""
        if file.path:
            return f"{self.raw}/{origin.repository}/{file.commit}/{file.path}"
        return f"{self.archives}/{origin.repository}/tar.gz/{file.commit}"


@cache
def load_origins() -> Mapping[str, Origin]:
    """The table of origins by key."""
    table = tomllib.loads((files("barometer.corpus") / "origins.toml").read_text(encoding="utf-8"))
    return {key: _origin(key, entry) for key, entry in table.items()}


def origin_keys(origins: Mapping[str, Origin]) -> dict[str, str]:
    """The key for every name that a list may call an origin, its key among them."""
    return {name: key for key, origin in origins.items() for name in (key, *origin.names)}


def _origin(key: str, entry: Mapping[str, Any]) -> Origin:
    parts = tuple(TitleFile(**{**part, "members": tuple(part.get("members", ()))}) for part in entry["files"])
    return Origin(key, entry["repository"], entry["licence"], parts, tuple(entry["names"]))
