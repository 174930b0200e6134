"""Gathers the parts of an archive by month."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

import pyarrow as pa
from pyarrow import parquet

from barometer.archive.manifest import Manifest, write_manifest
from barometer.archive.places import ArchiveError, Place, reported
from barometer.archive.schema import FILE, MONTH, PARTS, TABLE
from barometer.archive.scoring import Part, read_month

# The parts that have headlines of a month, each with the number of its batch; in the order of the input.
Pieces: TypeAlias = Sequence[tuple[str, int]]
_GROUP = 65_536  # rows of a group, which are held in memory together
_SHOWN = 20


def month_pieces(parts: Iterable[Part]) -> dict[str, Pieces]:
    """Where the headlines of each month are, by month."""
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for part in sorted(parts, key=lambda part: part.name):
        for batch, month in enumerate(part.months):
            found[month].append((part.name, batch))
    return dict(sorted(found.items()))


def month_start(month: str) -> datetime:
    """When a month begins, in UTC."""
    return datetime.fromisoformat(f"{month}-01T00:00:00+00:00")


def month_file(out: Place, month: str) -> Place:
    """The file of a month."""
    return out / f"{MONTH}{month}" / FILE


def write_month(out: Place, month: str, pieces: Pieces, version: str) -> int:
    """Write the file of a month, unless it is there; return how many headlines it has.

    Raises:
        ArchiveError: if a part cannot be read, or the file not written.
    """
    where = month_file(out, month)
    if where.find():
        with reported(where.address), where.open() as stream:
            return int(parquet.read_metadata(stream).num_rows)
    schema = TABLE.with_metadata({"model_version": version})
    rows, held, waiting = 0, 0, list[pa.Table]()
    with where.written() as stream, parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for name, batch in pieces:
            waiting.append(read_month(out, name, batch))
            held += waiting[-1].num_rows
            if held >= _GROUP:
                writer.write_table(pa.concat_tables(waiting).replace_schema_metadata(schema.metadata))
                rows, held, waiting = rows + held, 0, []
        if waiting:
            writer.write_table(pa.concat_tables(waiting).replace_schema_metadata(schema.metadata))
    return rows + held


def complete(out: Place, work: Manifest, parts: Sequence[Part], months: dict[str, int]) -> Manifest:
    """Say that an archive is complete, and delete its parts.

    Raises:
        ArchiveError: if the files of months do not have the headlines of the parts.
    """
    expected: Counter[str] = Counter()
    for part in parts:
        expected.update(part.months)
    if dict(expected) != months:
        wrong = next(month for month in sorted(expected | Counter(months)) if expected[month] != months.get(month, 0))
        raise ArchiveError(
            f"{month_file(out, wrong).address} has {months.get(wrong, 0):,} headlines, its parts {expected[wrong]:,}; "
            "delete it and run again"
        )
    shown = [line for part in sorted(parts, key=lambda part: part.name) for line in part.shown]
    done = replace(
        work,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        months=dict(sorted(months.items())),
        bad=sum(part.bad for part in parts),
        shown=tuple(shown[:_SHOWN]),
    )
    write_manifest(out, done)
    (out / PARTS).delete()
    return done
