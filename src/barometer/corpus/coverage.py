"""How many of the headlines that a corpus is about were found again: `coverage.json` beside its files."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COVERAGE = "coverage.json"
UNKNOWN = "unknown"  # instead of the key of an origin: no public one is known


@dataclass(frozen=True, slots=True)
class Coverage:
    """Headlines, not votes; `by_origin` has (wanted, found) by the key of the origin, the largest first."""

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
        """What `coverage.json` says of one corpus."""
        by_origin = {key: {"wanted": wanted, "found": found} for key, (wanted, found) in self.by_origin.items()}
        return {"wanted": self.wanted, "found": self.found, "by_origin": by_origin}


def read_coverage(folder: Path) -> dict[str, Any]:
    """What the `coverage.json` of a corpus folder says of that corpus; empty if there is none.

    Raises:
        ValueError: if the file is no JSON, or says nothing of the corpus.
    """
    path = folder / COVERAGE
    if not path.is_file():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get(folder.name), dict):
        raise ValueError(f"{path} says nothing of {folder.name!r}; barometer fetch {folder.name} writes it anew")
    return dict(content[folder.name])
