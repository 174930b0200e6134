"""Rows as read, to headlines: normalised titles with a time in UTC; and rows that are none, with the reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from barometer.archive.inputs import JSON, InputFile, RawPart, decode_line
from barometer.archive.places import ArchiveError
from barometer.headline import FIRST_COIN, normalise_title, parse_utc
from barometer.stream import MAX_CHARACTERS

_SHOWN = 20  # of a part's bad rows


@dataclass(slots=True)
class Headlines:
    """The headlines of a part, column by column, and its bad rows: how many, and the first as `FILE:ROW: REASON`.

    `row` counts from 0, as in the archive; in `shown` rows are counted from 1.
    """

    title: list[str] = field(default_factory=list)
    pub_time: list[datetime] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    url: list[str] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    bad: int = 0
    shown: list[str] = field(default_factory=list)


def read_headlines(address: str, file: InputFile, part: RawPart, *, utc: bool) -> Headlines:
    """The headlines of a part; a row is bad without a title, or with a time that is broken or before 2009.

    Args:
        address: of the file, for messages.
        file: where the part is from; its name is the source of a headline that names none.
        part: as read.
        utc: take times without a zone as UTC; otherwise they are bad.

    Raises:
        ArchiveError: if a line of JSON Lines is no JSON object, or a time is beyond the year 9999.
    """
    found = Headlines()
    stem = PurePosixPath(file.name or address).name.partition(".")[0]
    for number, cells in _cells(address, file, part):
        try:
            title, moment = _title(cells.get("title")), _moment(cells.get("pub_time"), utc=utc)
            source, url = _text(cells.get("source"), "source").strip(), _text(cells.get("url"), "url").strip()
        except ValueError as error:
            found.bad += 1
            if len(found.shown) < _SHOWN:
                found.shown.append(f"{address}:{number + 1}: {error}"[:300])
            continue
        found.title.append(title)
        found.pub_time.append(moment)
        found.source.append(source or stem)
        found.url.append(url)
        found.row.append(number)
    return found


def _cells(address: str, file: InputFile, part: RawPart) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if file.kind == JSON:
        for number, line in enumerate(part.rows.column(0).to_pylist(), part.first):
            if line.strip():
                yield number, decode_line(line, f"{address}:{number + 1}")
        return
    try:
        columns = {name: _values(part.rows.column(name)) for name in part.rows.column_names}
    except (OverflowError, ValueError) as error:  # a time that Python does not have
        raise ArchiveError(f"{address}: {error}") from None
    for k in range(part.rows.num_rows):
        yield part.first + k, {name: values[k] for name, values in columns.items()}


def _values(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_timestamp(column.type):  # finer ones than Python's, and other zones, need no special case
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
        column = column.cast(pa.timestamp("us", tz="UTC")) if column.type.tz else column
    values: list[Any] = column.to_pylist()
    return values


def _text(value: object, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise ValueError(f"{name} is not UTF-8") from None
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}; expected text")
    return value.encode("utf-8", "replace").decode()  # JSON may escape half a character


def _title(value: object) -> str:
    """The title as `barometer predict` would read it."""
    title = normalise_title(_text(value, "title")[:MAX_CHARACTERS])
    if not title:
        raise ValueError("no title")
    return title


def _moment(value: object, *, utc: bool) -> datetime:
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    else:
        text = _text(value, "pub_time").strip()
        moment = parse_utc(text)
        if not utc and datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(f"the time {text!r} has no zone; --utc takes such times as UTC")
    if moment < FIRST_COIN:
        raise ValueError(f"the time {moment.isoformat()} is before {FIRST_COIN:%Y-%m-%d}")
    return moment
