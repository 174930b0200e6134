"""The files of an archive to score: which there are, whether they have the columns, and their rows in parts."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

import pyarrow as pa
from pyarrow import csv, parquet

from barometer.archive.places import ArchiveError, Place, reported

REQUIRED = ("title", "pub_time")
COLUMNS = (*REQUIRED, "source", "url")
LINE = "line"  # the one column of rows of JSON Lines, which workers decode
CSV, JSON, PARQUET = "CSV", "JSON Lines", "Parquet"
_KINDS = {".csv": CSV, ".jsonl": JSON, ".ndjson": JSON, ".json": JSON, ".parquet": PARQUET, ".pq": PARQUET}
_PACKED = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
_BLOCK = 4 << 20  # bytes; a row of CSV must be shorter


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file of the input: its name in the folder ('' if it is the input itself), kind, and what tells a changed one.

    `rows` is known of Parquet only.
    """

    name: str
    kind: str
    packed: str | None
    size: int
    modified: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class RawPart:
    """Consecutive rows of a file as read: `number` counts the parts of a file, `first` its rows, both from 0.

    `share` is how much of the file has been read, as far as that is known.
    """

    number: int
    first: int
    rows: pa.Table
    share: float


def find_inputs(place: Place, *, utc: bool) -> list[InputFile]:
    """The files to score, in alphabetical order; every header is read.

    In a folder, files of other kinds are no input, nor what begins with a full stop or an underscore.

    Raises:
        ArchiveError: if there is none, one cannot be read or lacks a column, or there is no row in any.
    """
    found = place.find()
    files = []
    for name, info in found.items():
        if any(part[:1] in {".", "_"} for part in PurePosixPath(name).parts):
            continue
        kind, packed = _kind(name or place.address)
        if kind:
            modified = "" if info.mtime is None else info.mtime.isoformat()
            files.append(InputFile(name, kind, packed, info.size, modified))
    if not files:
        what = "nothing there" if not found else "no file that ends in " + ", ".join(_KINDS)
        raise ArchiveError(f"{place.address}: {what}")
    checked = [_checked(place, file, utc=utc) for file in files]
    if not any(has_rows for _, has_rows in checked):
        raise ArchiveError(f"{place.address}: no headline in {len(files):,} files")
    return [file for file, _ in checked]


def _kind(name: str) -> tuple[str | None, str | None]:
    path = PurePosixPath(name)
    packed = _PACKED.get(path.suffix.lower())
    return _KINDS.get((path.with_suffix("") if packed else path).suffix.lower()), packed


def place_of(place: Place, file: InputFile) -> Place:
    """Where a file of the input is."""
    return place / file.name if file.name else place


def _checked(place: Place, file: InputFile, *, utc: bool) -> tuple[InputFile, bool]:
    """The file, with its number of rows where the file says it; and whether there are rows."""
    where = place_of(place, file)
    with reported(where.address):
        if file.kind == PARQUET:
            with where.open() as stream, parquet.ParquetFile(stream) as opened:
                _check_columns(where, opened.schema_arrow.names)
                _check_types(where, opened.schema_arrow, utc=utc)
                rows = opened.metadata.num_rows
            return InputFile(file.name, file.kind, None, file.size, file.modified, rows), rows > 0
        if not file.size:
            return file, False
        first = next(read_parts(place, file, 1), None)
    return file, first is not None


def _check_columns(where: Place, names: Iterable[str]) -> None:
    given = list(names)
    if not set(REQUIRED) <= set(given):
        found = ", ".join(given)[:200] or "nothing"
        raise ArchiveError(f"{where.address}: expected the columns {' and '.join(REQUIRED)}; found {found}")


def _check_types(where: Place, schema: pa.Schema, *, utc: bool) -> None:
    for name in COLUMNS:
        kind = schema.field(name).type if name in schema.names else pa.string()
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
        text = text or (pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type))
        if text or (name == "pub_time" and pa.types.is_timestamp(kind) and (kind.tz or utc)):
            continue
        if pa.types.is_timestamp(kind) and name == "pub_time":
            raise ArchiveError(f"{where.address}: pub_time has no time zone; --utc takes it as UTC")
        raise ArchiveError(f"{where.address}: {name} is {kind}; expected {'a time or ' * (name == 'pub_time')}text")


def read_parts(place: Place, file: InputFile, size: int) -> Iterator[RawPart]:
    """Read a file in parts of `size` rows, the last one smaller; the same parts at every reading.

    Raises:
        ArchiveError: if it cannot be read.
    """
    where = place_of(place, file)
    with reported(where.address):
        if file.kind == PARQUET:
            with where.open() as stream, parquet.ParquetFile(stream) as opened:
                yield from _parts(_tables(opened, size), size, lambda rows: rows / max(1, file.rows or 0))
        else:
            with _unpacked(where, file) as (stream, tell):
                tables = _csv_tables(where, stream) if file.kind == CSV else _line_tables(where, stream, size)
                yield from _parts(tables, size, lambda _: tell() / max(1, file.size))


@contextmanager
def _unpacked(where: Place, file: InputFile) -> Iterator[Any]:
    """A stream of a file's text, and a function that gives how many of its bytes were read."""
    with where.open() as raw:
        if file.packed is None:
            yield raw, raw.tell
        else:
            with pa.CompressedInputStream(raw, file.packed) as stream:
                yield stream, lambda: 0 if raw.closed else raw.tell()


def _parts(tables: Iterator[pa.Table], size: int, share: Any) -> Iterator[RawPart]:  # noqa: ANN401 - a function
    """Cut or join tables to parts of `size` rows."""
    waiting: list[pa.Table] = []
    held, number = 0, 0
    for table in tables:
        waiting.append(table)
        held += table.num_rows
        while held >= size:
            joined = pa.concat_tables(waiting)
            read = number * size + held
            yield RawPart(number, number * size, joined.slice(0, size).combine_chunks(), share(read))
            waiting, held, number = [joined.slice(size)], held - size, number + 1
    if held:
        joined = pa.concat_tables(waiting).combine_chunks()
        yield RawPart(number, number * size, joined, 1.0)


def _tables(opened: Any, size: int) -> Iterator[pa.Table]:  # noqa: ANN401 - pyarrow has no types
    wanted = [name for name in COLUMNS if name in opened.schema_arrow.names]
    for batch in opened.iter_batches(batch_size=size, columns=wanted, use_threads=False):
        yield pa.Table.from_batches([batch])


def _csv_tables(where: Place, stream: Any) -> Iterator[pa.Table]:  # noqa: ANN401 - pyarrow has no types
    """Rows of CSV with a header, as bytes: a row with another number of fields is an error."""
    reader = csv.open_csv(
        stream,
        read_options=csv.ReadOptions(block_size=_BLOCK, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(COLUMNS, pa.binary()), strings_can_be_null=False, check_utf8=False
        ),
    )
    with reader:
        names = reader.schema.names
        _check_columns(where, names)
        wanted = [name for name in COLUMNS if name in names]
        for batch in reader:
            yield pa.Table.from_batches([batch]).select(wanted)


def _line_tables(where: Place, stream: IO[bytes], size: int) -> Iterator[pa.Table]:
    """Lines as bytes; the first one is decoded to see whether it has the columns."""
    head, started = b"", False
    while block := stream.read(_BLOCK):
        *lines, head = (head + bytes(block)).split(b"\n")
        if lines and not started:
            _check_line(where, lines[0])
            started = True
        for start in range(0, len(lines), size):
            yield pa.table({LINE: pa.array(lines[start : start + size], pa.binary())})
        if len(head) > _BLOCK:
            raise ArchiveError(f"{where.address}: a line is longer than {_BLOCK:,} bytes")
    if head:
        if not started:
            _check_line(where, head)
        yield pa.table({LINE: pa.array([head], pa.binary())})


def _check_line(where: Place, line: bytes) -> None:
    if line.strip():
        _check_columns(where, decode_line(line, f"{where.address}:1"))


def decode_line(line: bytes, where: str) -> dict[str, Any]:
    """The object that a line of JSON Lines holds.

    Raises:
        ArchiveError: if it holds none; `where` names it.
    """
    try:
        found = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ArchiveError(f"{where}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ArchiveError(f"{where}: expected one JSON object a line")
    return found
