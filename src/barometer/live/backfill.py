"""Adds old headlines from files to the store, by the rules of the crawl but whatever their age.

A file is CSV, or JSON lines where the name ends in .jsonl, .ndjson or .json. `title` (or `text`) and `date` (ISO 8601)
are required; `source` (else the name of the file) and `url` are optional.
"""

import csv
import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from sqlalchemy import Engine

from barometer.headline import FIRST_COIN, parse_utc
from barometer.live.filtering.filters import FilterChain
from barometer.live.keep import dropped_titles, found_copies, news_titles
from barometer.live.parsing.links import safe_link
from barometer.live.parsing.parse import Entry
from barometer.live.parsing.plain_title import plain_title
from barometer.live.records import DroppedTitle, FoundCopy, NewsTitle
from barometer.live.settings import Count, FilterSettings
from barometer.live.store.dialects import chunks
from barometer.live.store.engine import reading, writing
from barometer.live.store.entries import News, save_news
from barometer.live.store.titles import recent_titles, save_dropped
from barometer.live.summary import table_lines

_JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})
_TITLES = ("title", "text")


class HistoryError(ValueError):
    """A file cannot be read at all: its header is wrong, or its quotes are broken."""


@dataclass(frozen=True, slots=True)
class OldTitle:
    """A headline of a file; the title is plain text, the time in UTC."""

    entry: Entry
    source: str


def read_history(path: Path, now: datetime, *, assume_utc: bool = False) -> tuple[list[OldTitle], list[str]]:
    """Read the headlines of a file, and describe each bad row as `FILE:LINE: REASON`, lines counted from 1.

    A row is bad without a title, or with a date before 2009 or after `now`.

    Args:
        path: of the file, UTF-8.
        now: with zone.
        assume_utc: take dates without a zone as UTC; otherwise they are bad.

    Raises:
        HistoryError: if the header is wrong or a quote is never closed.
        OSError: if it cannot be opened.
    """
    titles: list[OldTitle] = []
    bad: list[str] = []
    for line, cells in _json_rows(path) if path.suffix.lower() in _JSON_LINES else _csv_rows(path):
        try:
            if isinstance(cells, str):
                raise ValueError(cells)
            titles.append(_old_title(cells, path.stem, now, assume_utc=assume_utc))
        except ValueError as error:
            bad.append(f"{path.name}:{line}: {error}")
    return titles, bad


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, object] | str]]:
    """Yield the line on which a row begins, and its cells or the reason why they are bad."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)  # strict, so that a quote that is never closed is an error
        line = 1
        try:
            header = [name.strip() for name in next(reader, [])]
            _check_header(path, header)
            line = reader.line_num + 1
            for cells in reader:
                if len(cells) == len(header):
                    yield line, dict(zip(header, cells, strict=True))
                elif cells:
                    yield line, f"{len(cells)} fields; expected {len(header)}"
                line = reader.line_num + 1
        except csv.Error as error:
            raise HistoryError(f"{path}:{line}: {error}") from None


def _check_header(path: Path, header: list[str]) -> None:
    if "date" not in header or not set(_TITLES) & set(header):
        found = ", ".join(header) or "nothing"
        raise HistoryError(f"{path}: expected the columns date and title (or text) in the first line; found {found}")


def _json_rows(path: Path) -> Iterator[tuple[int, Mapping[str, object] | str]]:
    with path.open("rb") as file:
        for line, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw)
                yield line, row if isinstance(row, dict) else "expected one JSON object a line"
            except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
                yield line, f"not JSON: {error}"


def _old_title(cells: Mapping[str, object], stem: str, now: datetime, *, assume_utc: bool) -> OldTitle:
    title = plain_title(_text(cells, "title") or _text(cells, "text"))
    if not title:
        raise ValueError("no title")
    moment = _moment(_text(cells, "date"), assume_utc=assume_utc)
    if not FIRST_COIN <= moment <= now:
        raise ValueError(f"the date {moment.isoformat()} is not between {FIRST_COIN:%Y-%m-%d} and now")
    return OldTitle(Entry(title, safe_link(_text(cells, "url")), moment), _text(cells, "source") or stem)


def _text(cells: Mapping[str, object], name: str) -> str:
    value = cells.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}; expected text"[:200])
    if any("\udc80" <= sign <= "\udcff" for sign in value):
        raise ValueError(f"{name} is not UTF-8")
    return value.strip()


def _moment(date: str, *, assume_utc: bool) -> datetime:
    moment = parse_utc(date)
    if not assume_utc and datetime.fromisoformat(date).tzinfo is None:
        raise ValueError(f"the date {date!r} has no zone; --utc takes such dates as UTC")
    return moment


BATCH = 1000
_ANY_AGE = "recent"  # the one filter of the crawl that a backfill skips


@dataclass(slots=True)
class Backfill:
    """How many headlines were new, known before, or dropped, by the filter that dropped them."""

    new: int = 0
    known: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    def lines(self, bad: int) -> list[str]:
        """The summary table; `bad` rows could not be read."""
        total = self.new + self.known + self.dropped.total() + bad
        rows = [("rows", total), ("  new", self.new), ("  known", self.known)]
        rows += [(f"  dropped: {name}", n) for name, n in self.dropped.most_common()]
        return table_lines([*rows, ("  bad", bad)])


def backfill(
    engine: Engine,
    rules: FilterSettings,
    history: Sequence[OldTitle],
    now: datetime,
    progress: Callable[[int], object] = lambda rows: None,
    count: Count = "once",
) -> Backfill:
    """Store the headlines that pass every filter but that of age, oldest first, in batches.

    A title is compared with those published within about `near_duplicate_days` of it, in the files and in the store:
    a headline that returns every year is news every year.

    Args:
        engine: of the store.
        rules: filters of the crawl.
        history: in any order.
        now: stored as the time of fetching, with zone.
        progress: called with the size of each batch that is stored.
        count: whether near-duplicates count, too.

    Raises:
        SettingsError: if the rules name an unknown filter.
    """
    ageless = rules.model_copy(update={"order": tuple(name for name in rules.order if name != _ANY_AGE)})
    reach = timedelta(days=rules.near_duplicate_days)
    done = Backfill()
    for window in _windows(sorted(history, key=lambda old: old.entry.pub_time), max(reach, timedelta(days=1))):
        with reading(engine) as connection:
            since, until = window[0].entry.pub_time - reach, window[-1].entry.pub_time + reach
            near = recent_titles(connection, since, until)
        firsts = [stored.title for stored in near if not stored.is_copy]
        copies = [stored.title for stored in near if stored.is_copy]
        filters = FilterChain(ageless, now, firsts, count, copies)
        for batch in chunks(window, BATCH):
            _store(engine, filters, batch, now, reach, done)
            progress(len(batch))
    return done


def _windows(ordered: Sequence[OldTitle], length: timedelta) -> Iterator[Sequence[OldTitle]]:
    """Split headlines, oldest first, into windows of at most `length`."""
    start = 0
    while start < len(ordered):
        end = bisect_left(ordered, ordered[start].entry.pub_time + length, lo=start, key=lambda old: old.entry.pub_time)
        yield ordered[start:end]
        start = end


def _store(
    engine: Engine, filters: FilterChain, batch: Sequence[OldTitle], now: datetime, reach: timedelta, done: Backfill
) -> None:
    titles: list[NewsTitle] = []
    dropped: list[DroppedTitle] = []
    copies: list[FoundCopy] = []
    for source, olds in groupby(batch, key=attrgetter("source")):
        filtered = filters.apply([old.entry for old in olds])
        titles += news_titles(filtered.kept, source, now)
        dropped += dropped_titles(filtered.dropped, source, now)
        copies += found_copies(filtered, source, now)
        done.known += len(filtered.known)
        done.dropped += filtered.counts
    with writing(engine) as connection:
        new = save_news(connection, News(titles, copies=copies), reach).new
        save_dropped(connection, dropped)
    done.new += new
    done.known += len(titles) - new
