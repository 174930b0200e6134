"""What an archive was scored from and by which model: written first, and again when it is complete."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from barometer.archive.inputs import InputFile
from barometer.archive.places import ArchiveError, Place
from barometer.archive.schema import FORMAT, MANIFEST


@dataclass(frozen=True, slots=True)
class Manifest:
    """The work that an archive is, and its result.

    Attributes:
        model: name of the model.
        version: of the model.
        runtime: what runs its graph on every machine.
        files: of the input.
        utc: whether times without a zone count as UTC.
        part_rows: rows of a part, the unit of work.
        finished: when it was complete, ISO 8601 in UTC; None before.
        months: headlines by month (UTC), such as 2024-05, when it is complete.
        bad: rows that are no headlines.
        shown: the first of these, with the reason.
    """

    model: str
    version: str
    runtime: str
    files: Sequence[InputFile]
    utc: bool
    part_rows: int
    finished: str | None = None
    months: Mapping[str, int] = field(default_factory=dict)
    bad: int = 0
    shown: Sequence[str] = ()

    @property
    def work(self) -> "Manifest":
        """The work without its result."""
        return replace(self, finished=None, months={}, bad=0, shown=())

    @property
    def headlines(self) -> int:
        """How many headlines the complete archive has."""
        return sum(self.months.values())


def write_manifest(out: Place, manifest: Manifest) -> None:
    """Write or replace the manifest of an archive."""
    with (out / MANIFEST).written() as stream:
        stream.write(json.dumps({"format": FORMAT, **asdict(manifest)}, ensure_ascii=False, indent=1).encode())


def read_manifest(out: Place) -> Manifest | None:
    """The manifest of an archive; None if there is none.

    Raises:
        ArchiveError: if it cannot be read or is of another format.
    """
    content = (out / MANIFEST).read()
    if content is None:
        return None
    try:
        facts: dict[str, Any] = json.loads(content)
        found = facts.pop("format")
        if found != FORMAT:
            raise ArchiveError(f"{out.address}/{MANIFEST}: format {found}; this version reads {FORMAT}")
        facts["files"] = tuple(InputFile(**file) for file in facts["files"])
        facts["shown"] = tuple(facts["shown"])
        return Manifest(**facts)
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ArchiveError(f"{out.address}/{MANIFEST} is no manifest of an archive: {error!r}") from None


def open_archive(out: Place, work: Manifest) -> Manifest:
    """Begin an archive in an empty place, or go on with what is there, if it is the same work.

    Raises:
        ArchiveError: if there is something else: other files, or the scores of another model or input.
    """
    found = read_manifest(out)
    if found is None:
        if names := list(out.find()):
            raise ArchiveError(f"{out.address}: {names[0] or 'it'} is there already; OUT must be an empty folder")
        write_manifest(out, work)
        return work
    if found.work == work:
        return found
    if found.version != work.version:
        raise ArchiveError(
            f"{out.address} has scores of model {found.version}, not {work.version}; name another folder"
        )
    what = "another --part, --utc or runtime" if found.files == work.files else "another input"
    raise ArchiveError(f"{out.address} was begun with other options: {what}; name another folder")
