"""Loads a scored archive into the store."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyarrow import parquet
from sqlalchemy import Engine

from barometer.archive.manifest import Manifest, read_manifest
from barometer.archive.months import month_file
from barometer.archive.places import ArchiveError, Place, reported
from barometer.coins import find_coins
from barometer.headline import normalised_id
from barometer.labels import FIELD_NAMES
from barometer.live.parsing.links import safe_link
from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.engine import writing
from barometer.live.store.scored import save_scored

BATCH = 5_000  # rows of a transaction: the writers of SQLite wait for one
_COLUMNS = ("title_id", "title", "pub_time", "source", "url", *FIELD_NAMES, "news", "value", "counted")


@dataclass(slots=True)
class Loaded:
    """Rows of an archive: headlines and scores that were new, and rows that repeat a headline or are dated ahead."""

    rows: int = 0
    titles: int = 0
    scores: int = 0
    repeated: int = 0
    ahead: int = 0


def open_complete(out: Place) -> Manifest:
    """The manifest of a complete archive.

    Raises:
        ArchiveError: if there is none, or it is not complete.
    """
    manifest = read_manifest(out)
    if manifest is None:
        raise ArchiveError(f"{out.address} is no archive; `barometer archive score` makes one")
    if manifest.finished is None:
        raise ArchiveError(f"{out.address} is not complete; run `barometer archive score` again")
    return manifest


def load_archive(
    engine: Engine,
    out: Place,
    manifest: Manifest,
    reach: timedelta,
    now: datetime,
    progress: Callable[[int], object] = lambda rows: None,
) -> Loaded:
    """Store the headlines of an archive and their scores, month by month; doing it again changes nothing.

    A title that returns within `reach` is the same headline, as in the crawl, and the first in the archive is stored.
    No filter is applied. The version shown stays the same; `barometer score` shows this one.

    Args:
        engine: of the store.
        out: the archive.
        manifest: of it, complete.
        reach: how long a title is the same headline.
        now: with zone; what is dated later is left out.
        progress: called with the number of rows done.

    Raises:
        ArchiveError: if a file cannot be read or has other headlines than the manifest says.
    """
    if manifest.finished is None:
        raise ArchiveError(f"{out.address} is not complete")
    scored_at = datetime.fromisoformat(manifest.finished)
    done = Loaded()
    for month, expected in manifest.months.items():
        _check_month(out, month, expected)
        for batch in _batches(_rows(out, month), now, reach, done):
            scored = [(_headline(row, scored_at), _prediction(row)) for row in batch]
            before = done.rows
            with writing(engine) as connection:
                saved = save_scored(connection, manifest.version, scored, reach, scored_at)
            done.titles, done.scores = done.titles + saved.titles, done.scores + saved.scores
            progress(done.rows - before)
    return done


def _check_month(out: Place, month: str, expected: int) -> None:
    where = month_file(out, month)
    with reported(where.address), where.open() as stream:
        found = parquet.read_metadata(stream).num_rows
    if found != expected:
        raise ArchiveError(f"{where.address} has {found:,} headlines; the manifest says {expected:,}")


def _rows(out: Place, month: str) -> Iterator[dict[str, Any]]:
    where = month_file(out, month)
    with reported(where.address), where.open() as stream, parquet.ParquetFile(stream) as opened:
        for batch in opened.iter_batches(BATCH, columns=list(_COLUMNS)):
            yield from batch.to_pylist()


def _batches(
    rows: Iterator[dict[str, Any]], now: datetime, reach: timedelta, done: Loaded
) -> Iterator[list[dict[str, Any]]]:
    """Lists of rows of which no two have the same title; what repeats another row of the list is left out."""
    batch: dict[int, dict[str, Any]] = {}
    for row in rows:
        done.rows += 1
        before = batch.get(row["title_id"])
        if row["pub_time"] > now:
            done.ahead += 1
        elif before is not None and abs(row["pub_time"] - before["pub_time"]) <= reach:
            done.repeated += 1
        else:
            if before is not None or len(batch) >= BATCH:
                yield list(batch.values())
                batch = {}
            batch[row["title_id"]] = row
    if batch:
        yield list(batch.values())


def _headline(row: dict[str, Any], fetched_at: datetime) -> NewsTitle:
    title: str = row["title"]
    return NewsTitle(
        normalised_id(title), title, row["source"], safe_link(row["url"]), row["pub_time"], fetched_at,
        find_coins(title),
    )  # fmt: skip


def _prediction(row: dict[str, Any]) -> Prediction:
    negative, neutral, positive = (row[name] for name in FIELD_NAMES)
    return Prediction(
        row["title_id"], (negative, neutral, positive), news=row["news"], value=row["value"], counted=row["counted"]
    )
