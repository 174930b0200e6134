"""Reads titles, dates and outlets out of the files of public repositories, in any of their formats.

Records without a title are skipped, and a date that is not understood is left empty: only the titles matter.
"""

import csv
import gzip
import io
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from barometer.corpus.origins import Reader, TitleFile
from barometer.headline import parse_utc

_MOST = 256 * 1024 * 1024  # bytes of one member of an archive
_FORMS = ("%d-%m-%Y %H:%M", "%Y/%m/%d %H:%M", "%a %b %d %Y %H:%M:%S GMT%z")
_ZONE_NAME = re.compile(r"\s*\([^()]*\)\s*$")
_ITEM = re.compile(r"<item\b[^>]*>(.*?)</item>", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_BROKEN = (ValueError, csv.Error, tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError)


class TitleFileError(ValueError):
    """A file does not match its entry in the table of origins."""


@dataclass(frozen=True, slots=True)
class Title:
    """A title as a file has it; `date` is ISO 8601 in UTC, or empty."""

    text: str
    date: str = ""
    source: str = ""


def read_titles(path: Path, file: TitleFile) -> Iterator[Title]:
    """Yield the titles of a downloaded file, in its order.

    Raises:
        TitleFileError: if it is cut short, broken, or in another format than `file` says.
    """
    try:
        yield from _READERS[file.reader](path, file)
    except _BROKEN as error:
        raise TitleFileError(f"{path.name} cannot be read as {file.reader}: {error}") from None


def read_texts(path: Path) -> Iterator[Title]:
    """Yield the headlines of a CSV file with a column `text`, and `date` and `source` where it has them.

    Raises:
        TitleFileError: if it has no such column, or is not a CSV file.
    """
    yield from read_titles(path, TitleFile("", "csv", "text", "date", "source"))


def iso_utc(value: str) -> str:
    """A date or moment in one of the forms that the origins use, as ISO 8601 in UTC; empty if it is none of them.

    A date alone stays one; without a zone it is taken as UTC. Days come before months where both are numbers and the
    year is last.
    """
    text = _ZONE_NAME.sub("", value.strip())
    moment = next(filter(None, (_tried(reader, text) for reader in _MOMENTS)), None)
    if moment is None:
        return ""
    alone = len(text) == len("2024-05-17")
    return moment.date().isoformat() if alone else moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _tried(reader: Callable[[str], datetime], text: str) -> datetime | None:
    try:
        moment = reader(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _as(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)


_MOMENTS: tuple[Callable[[str], datetime], ...] = (parse_utc, *map(_as, _FORMS), parsedate_to_datetime)


def _read_csv(path: Path, file: TitleFile) -> Iterator[Title]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        yield from _rows(stream, file)


def _rows(stream: Iterable[str], file: TitleFile) -> Iterator[Title]:
    lines = iter(stream)
    for _ in range(file.skip):
        next(lines, None)
    rows = csv.DictReader(lines, delimiter=file.delimiter)
    if file.title not in (rows.fieldnames or ()):
        raise TitleFileError(f"no column {file.title!r}; found {', '.join(rows.fieldnames or ['an empty file'])}")
    yield from _titles(rows, file)


def _read_json(path: Path, file: TitleFile) -> Iterator[Title]:
    content = json.loads(path.read_bytes())
    if not isinstance(content, list | dict):
        raise TitleFileError("no list and no object")
    yield from _titles(content.values() if isinstance(content, dict) else content, file)


def _read_jsonl(path: Path, file: TitleFile) -> Iterator[Title]:
    with path.open("rb") as stream:
        yield from _titles((json.loads(line) for line in stream if line.strip()), file)


def _read_rss(path: Path, file: TitleFile) -> Iterator[Title]:
    """Items of a feed, wherever it begins in the file; entities are left to normalisation."""
    for item in _ITEM.findall(path.read_text(encoding="utf-8", errors="replace")):
        plain = _CDATA.sub(r"\1", item)
        yield from _titles([{name: _tag(plain, name) for name in ("title", "pubDate", "link")}], _FEED)


_FEED = TitleFile("", "rss", "title", "pubDate", "link")


def _tag(item: str, name: str) -> str:
    found = re.search(rf"<{name}\b[^>]*>(.*?)</{name}>", item, re.DOTALL)
    return found[1].strip() if found else ""


def _read_archive(path: Path, file: TitleFile) -> Iterator[Title]:
    """CSV files of a tar.gz archive, and of ZIP files in it; the archive is one folder, as hosts pack a commit."""
    with gzip.open(path) as whole, tarfile.open(fileobj=whole, mode="r|") as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            if not member.isfile() or not any(fnmatchcase(name, pattern) for pattern in file.members):
                continue
            stream = archive.extractfile(member)
            if stream is None or member.size > _MOST:
                raise TitleFileError(f"{name} has {member.size:,} bytes; expected at most {_MOST:,}")
            yield from (_zipped if name.endswith(".zip") else _member)(stream.read(), file)
        while whole.read(_MOST // 256):  # only the end shows whether it was cut between two members
            pass


def _zipped(content: bytes, file: TitleFile) -> Iterator[Title]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for entry in packed.infolist():
            if entry.filename.endswith(".csv") and entry.file_size <= _MOST:
                yield from _member(packed.read(entry), file)


def _member(content: bytes, file: TitleFile) -> Iterator[Title]:
    if content.strip():  # an hour without news left an empty file
        yield from _rows(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""), file)


def _titles(records: Iterable[Any], file: TitleFile) -> Iterator[Title]:
    for record in records:
        if text := _at(record, file.title).strip():
            yield Title(text, iso_utc(_at(record, file.date)), _outlet(_at(record, file.source)))


def _at(record: Any, keys: str) -> str:  # noqa: ANN401
    """The text at the keys of a record, which may have any structure; empty if there is none."""
    value = record
    for key in keys.split(".") if keys else []:
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _outlet(source: str) -> str:
    """An outlet's name, or the host of an address."""
    return urlsplit(source).netloc.removeprefix("www.") if "://" in source else source.strip()


_READERS: dict[Reader, Callable[[Path, TitleFile], Iterator[Title]]] = {
    "csv": _read_csv,
    "json": _read_json,
    "jsonl": _read_jsonl,
    "rss": _read_rss,
    "archive": _read_archive,
}
