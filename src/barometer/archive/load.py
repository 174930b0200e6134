"""Loads a scored archive into the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyarrow import parquet
from sqlalchemy import Engine

from barometer.archive.manifest import Manifest, read_manifest
from barometer.archive.months import month_file, month_start
from barometer.archive.places import ArchiveError, Place, reported
from barometer.coins import find_coins
from barometer.labels import FIELD_NAMES
from barometer.live.parsing.links import safe_link
from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.engine import writing
from barometer.live.store.partitions import make_months
from barometer.live.store.scored import save_scored

BATCH = 5_000  # rows of a transaction: the writers of SQLite wait for one
_COLUMNS = ("title_id", "title", "pub_time", "source", "url", *FIELD_NAMES, "news", "value", "counted")


@dataclass(slots=True)
class Loaded:
    """Rows of an archive: new headlines, new scores, rows that repeat another of their batch, and rows dated ahead."""

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
    if manifest.months:
        starts = [month_start(month) for month in manifest.months]
        make_months(engine, min(starts), min(max(starts), now))
    done = Loaded()
    for month, expected in manifest.months.items():
        _check_month(out, month, expected)
        for batch in _batches(out, month):
            dated = [row for row in batch if row["pub_time"] <= now]
            _save(engine, manifest, dated, reach, done)
            done.rows, done.ahead = done.rows + len(batch), done.ahead + len(batch) - len(dated)
            progress(len(batch))
    return done


def _save(engine: Engine, manifest: Manifest, rows: Sequence[dict[str, Any]], reach: timedelta, done: Loaded) -> None:
    """Save rows: the first of each title, then those of its others that are news again, and so on."""
    scored_at = datetime.fromisoformat(str(manifest.finished))
    while rows:
        first: dict[int, dict[str, Any]] = {}
        for row in rows:
            first.setdefault(row["title_id"], row)
        scored = [(_headline(row, scored_at), _prediction(row)) for row in first.values()]
        with writing(engine) as connection:
            saved = save_scored(connection, manifest.version, scored, reach, scored_at)
        others = [row for row in rows if row is not first[row["title_id"]]]
        rows = [row for row in others if abs(row["pub_time"] - saved.pub_times[row["title_id"]]) > reach]
        done.titles, done.scores = done.titles + saved.titles, done.scores + saved.scores
        done.repeated += len(others) - len(rows)


def _check_month(out: Place, month: str, expected: int) -> None:
    where = month_file(out, month)
    with reported(where.address), where.open() as stream:
        found = parquet.read_metadata(stream).num_rows
    if found != expected:
        raise ArchiveError(f"{where.address} has {found:,} headlines; the manifest says {expected:,}")


def _batches(out: Place, month: str) -> Iterator[list[dict[str, Any]]]:
    where = month_file(out, month)
    with reported(where.address), where.open() as stream, parquet.ParquetFile(stream) as opened:
        for batch in opened.iter_batches(BATCH, columns=list(_COLUMNS)):
            yield batch.to_pylist()


def _headline(row: dict[str, Any], fetched_at: datetime) -> NewsTitle:
    title: str = row["title"]
    return NewsTitle(
        row["title_id"], title, row["source"], safe_link(row["url"]), row["pub_time"], fetched_at,
        find_coins(title),
    )  # fmt: skip


def _prediction(row: dict[str, Any]) -> Prediction:
    negative, neutral, positive = (row[name] for name in FIELD_NAMES)
    return Prediction(
        row["title_id"], (negative, neutral, positive), news=row["news"], value=row["value"], counted=row["counted"]
    )
