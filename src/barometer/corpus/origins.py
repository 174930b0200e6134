"""The public repositories that real headlines come from (`origins.toml` as records), and how many were found there.

A repository's licence covers the repository; the headlines are their publishers' own.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

Reader = Literal["csv", "json", "jsonl", "rss", "archive"]
NO_ORIGIN = ""
COVERAGE = "coverage.json"  # beside the files of a corpus
UNKNOWN = "unknown"  # instead of the key of an origin: no public one is known


@dataclass(frozen=True, slots=True)
class TitleFile:
    """A file of a repository, and where its records keep title, date and source.

    Attributes:
        commit: in full.
        reader: how it is read; see `barometer.corpus.title_readers`.
        title, date, source: a column, or a key (of nested JSON: keys and list positions joined by dots); empty where
            there is none.
        path: inside the repository; empty for the archive of a whole commit.
        members: of an archive, patterns of its CSV files, or of ZIP files of such.
        sha256: empty where it is not known: a host may pack an archive again.
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
        """The address of a file of a repository."""
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


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many headlines (not votes) were found; `by_origin` has (wanted, found) by origin key, the largest first."""

    by_origin: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, ids: Iterable[int], found: Collection[int], origins: Mapping[int, str]) -> "Coverage":
        """Count the distinct ids, by the origin of each."""
        keys = {id_: origins.get(id_) or UNKNOWN for id_ in ids}
        there = Counter(key for id_, key in keys.items() if id_ in found)
        return cls({key: (wanted, there[key]) for key, wanted in Counter(keys.values()).most_common()})

    @property
    def wanted(self) -> int:
        """How many headlines the corpus is about."""
        return sum(wanted for wanted, _ in self.by_origin.values())

    @property
    def found(self) -> int:
        """How many of them have a text."""
        return sum(found for _, found in self.by_origin.values())

    def as_json(self) -> dict[str, Any]:
        """The entry of one corpus in `coverage.json`."""
        by_origin = {key: {"wanted": wanted, "found": found} for key, (wanted, found) in self.by_origin.items()}
        return {"wanted": self.wanted, "found": self.found, "by_origin": by_origin}


def read_coverage(folder: Path) -> dict[str, Any]:
    """The entry of a corpus in the `coverage.json` of its folder; empty if there is no such file.

    Raises:
        ValueError: if the file is not JSON, or has no entry for the corpus.
    """
    path = folder / COVERAGE
    if not path.is_file():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get(folder.name), dict):
        raise ValueError(f"{path} has no entry for {folder.name!r}; `barometer fetch {folder.name}` writes it again")
    return dict(content[folder.name])
