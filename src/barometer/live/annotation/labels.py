"""Labels in the store: importing them, the headlines that await one, and labelled ones as a training corpus."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, exists, select

from barometer.labels import Label
from barometer.live.annotation.answers import LabelError
from barometer.live.annotation.exports import LabelReading
from barometer.live.records import NOT_NEWS, Annotation, ListedTitle
from barometer.live.store.annotation import read_samples
from barometer.live.store.dialects import chunks, insert
from barometer.live.store.schema import ended_labels, labeled_news_titles, model_predictions, news_titles
from barometer.live.store.search import listed_title, listed_titles

_LISTED = 5  # unknown headlines that a message names


def save_annotations(connection: Connection, annotations: Iterable[Annotation]) -> int:
    """Store labels, the newest of each annotator for a headline; return how many are new or newer than stored ones.

    What a newer one replaces is kept among the ended labels.

    Raises:
        sqlalchemy.exc.IntegrityError: if a headline is not stored.
    """
    table = labeled_news_titles
    newest: dict[tuple[int, str], Annotation] = {}
    for annotation in sorted(annotations, key=lambda annotation: annotation.annotated_at):
        newest[annotation.title_id, annotation.annotator] = annotation
    rows = [_row(newest[key]) for key in sorted(newest)]
    if not rows:
        return 0
    _end_changed(connection, newest)
    statement = insert(connection, table)
    names = ("label", "annotation_time", "hard")
    statement = statement.on_conflict_do_update(
        index_elements=["title_id", "annotator"],
        set_={name: statement.excluded[name] for name in names},
        where=statement.excluded.annotation_time > table.c.annotation_time,
    )
    return len(connection.execute(statement.returning(table.c.title_id), rows).all())


def _end_changed(connection: Connection, newest: Mapping[tuple[int, str], Annotation]) -> None:
    """Keep the stored labels that newer ones are about to replace with something else."""
    ended: list[dict[str, object]] = []
    for old in stored_labels(connection, {title_id for title_id, _ in newest}):
        new = newest.get((old.title_id, old.annotator))
        if new is not None and new.annotated_at > old.annotated_at and (new.label, new.hard) != (old.label, old.hard):
            ended.append(_ended(old, new.annotated_at, new.annotator, "changed"))
    if ended:
        connection.execute(insert(connection, ended_labels), ended)


def withdraw(connection: Connection, annotations: Iterable[Annotation], by: Mapping[int, str], now: datetime) -> int:
    """Take back labels that their server has no more, and keep them among the ended ones; return how many.

    Args:
        connection: in a transaction that holds the headlines.
        annotations: as they are stored.
        by: who withdrew, by headline.
        now: with zone.
    """
    gone = list(annotations)
    for old in gone:
        key = (labeled_news_titles.c.title_id == old.title_id) & (labeled_news_titles.c.annotator == old.annotator)
        connection.execute(delete(labeled_news_titles).where(key))
    if gone:
        rows = [_ended(old, now, by[old.title_id], "withdrawn") for old in gone]
        connection.execute(insert(connection, ended_labels), rows)
    return len(gone)


def _row(annotation: Annotation) -> dict[str, object]:
    return {
        "title_id": annotation.title_id,
        "annotator": annotation.annotator,
        "label": NOT_NEWS if annotation.label is None else str(int(annotation.label)),
        "annotation_time": annotation.annotated_at,
        "hard": annotation.hard,
    }


def _ended(annotation: Annotation, at: datetime, by: str, reason: str) -> dict[str, object]:
    return _row(annotation) | {"ended_at": at, "ended_by": by, "reason": reason}


_LABEL_COLUMNS = [labeled_news_titles.c[name] for name in ("title_id", "annotator", "label", "annotation_time", "hard")]


def _annotation(row: Any) -> Annotation:  # noqa: ANN401 - a row of the columns above
    title_id, annotator, label, moment, hard = row
    return Annotation(title_id, annotator, None if label == NOT_NEWS else Label(int(label)), moment, hard)


def stored_labels(connection: Connection, title_ids: Collection[int]) -> list[Annotation]:
    """The current labels of some headlines."""
    found: list[Annotation] = []
    for chunk in chunks(sorted(title_ids)):
        rows = select(*_LABEL_COLUMNS).where(labeled_news_titles.c.title_id.in_(chunk))
        found += map(_annotation, connection.execute(rows))
    return found


def read_annotations(connection: Connection, since: datetime | None = None) -> list[Annotation]:
    """All current labels, or those given at or after a moment, oldest first."""
    columns = labeled_news_titles.c
    rows = select(*_LABEL_COLUMNS)
    if since is not None:
        rows = rows.where(columns.annotation_time >= since)
    rows = rows.order_by(columns.annotation_time, columns.title_id, columns.annotator)
    return list(map(_annotation, connection.execute(rows)))


@dataclass(frozen=True, slots=True)
class LabelledTitle:
    """A stored headline with the annotations of at least one person; `pub_time` is in UTC.

    `sampled` says how it was chosen for labelling: `random`, `uncertain`, or empty where that is unknown.
    """

    title: str
    source: str
    pub_time: datetime
    annotations: tuple[Annotation, ...]
    sampled: str = ""


def awaited_titles(connection: Connection) -> dict[str, list[ListedTitle]]:
    """Headlines marked for annotation and not yet labelled, newest first, by the model version that marked them.

    A headline that several versions marked is listed once.
    """
    marked = select(model_predictions.c.model_version).where(model_predictions.c.is_annotating).distinct()
    labelled = exists().where(labeled_news_titles.c.title_id == news_titles.c.title_id)
    awaited: dict[str, list[ListedTitle]] = {}
    seen: set[int] = set()
    for version in sorted(connection.execute(marked).scalars()):
        rows = listed_titles(version).where(model_predictions.c.is_annotating, ~labelled)
        ordered = rows.order_by(news_titles.c.pub_time.desc(), news_titles.c.title_id)
        titles = [listed_title(row) for row in connection.execute(ordered)]
        awaited[version] = [title for title in titles if title.title_id not in seen]
        seen.update(title.title_id for title in titles)
    return awaited


def hold_titles(connection: Connection, title_ids: Collection[int]) -> set[int]:
    """Return which headlines are stored, and lock them against deletion until the transaction ends."""
    held: set[int] = set()
    for chunk in chunks(sorted(title_ids)):
        stored = select(news_titles.c.title_id).where(news_titles.c.title_id.in_(chunk))
        locked = stored.order_by(news_titles.c.title_id).with_for_update(read=True, key_share=True)
        held.update(connection.execute(locked).scalars())
    return held


def labelled_titles(connection: Connection) -> list[LabelledTitle]:
    """Every headline that has a label, oldest first; annotations oldest first."""
    given: defaultdict[int, list[Annotation]] = defaultdict(list)
    for annotation in read_annotations(connection):
        given[annotation.title_id].append(annotation)
    titles: list[LabelledTitle] = []
    for chunk in chunks(given):
        titles += _labelled(connection, chunk, given)
    return sorted(titles, key=lambda title: (title.pub_time, title.title))


def _labelled(
    connection: Connection, title_ids: Collection[int], given: Mapping[int, list[Annotation]]
) -> list[LabelledTitle]:
    columns = news_titles.c
    rows = select(columns.title_id, columns.title, columns.source, columns.pub_time)
    sampled = read_samples(connection, title_ids)
    return [
        LabelledTitle(title, source, pub_time, tuple(given[title_id]), sampled.get(title_id, ""))
        for title_id, title, source, pub_time in connection.execute(rows.where(columns.title_id.in_(title_ids)))
    ]


@dataclass(frozen=True, slots=True)
class LabelImport:
    """The result of an import.

    Attributes:
        new: labels that were new, or replaced an older one.
        unchanged: labels that were stored already, or are older than the stored one.
        skipped: counts by reason.
    """

    new: int
    unchanged: int
    skipped: Counter[str]


def save_labels(connection: Connection, reading: LabelReading, *, skip_unknown: bool = False) -> LabelImport:
    """Store the annotations of an export of Label Studio; importing again changes nothing.

    Raises:
        LabelError: if a headline is unknown, unless `skip_unknown` skips its annotations; nothing is stored.
    """
    stored = hold_titles(connection, reading.tasks.keys())
    known = [annotation for annotation in reading.annotations if annotation.title_id in stored]
    unknown = len(reading.annotations) - len(known)
    if unknown and not skip_unknown:
        raise LabelError(_unknown_titles(reading, stored))
    new = save_annotations(connection, known)
    votes = {(annotation.title_id, annotation.annotator) for annotation in known}
    skipped = reading.skipped + Counter({"unknown headline": unknown})
    return LabelImport(new, len(votes) - new, skipped)


def _unknown_titles(reading: LabelReading, stored: Collection[int]) -> str:
    ids = dict.fromkeys(given.title_id for given in reading.annotations if given.title_id not in stored)
    listed = [f"{reading.tasks[title_id]}: {title_id}" for title_id in islice(ids, _LISTED)]
    more = f", and {len(ids) - _LISTED:,} more" if len(ids) > _LISTED else ""
    named = f"{', '.join(listed)}{more}"
    return f"labelled headlines that the store lacks: {len(ids):,} ({named}); --skip-unknown leaves them out"


def corpus_csv(titles: Sequence[LabelledTitle]) -> tuple[str, int]:
    """Return labelled headlines as a corpus, and how many were left out because at least half say "not news".

    The corpus is CSV text: `text`, `date`, `source`, `sampled` (`random` for what can measure a model) and one column
    of class names for each annotator, numbered so that nobody is named.
    """
    kept = [title for title in titles if not _is_not_news(title.annotations)]
    annotators = sorted({annotation.annotator for title in kept for annotation in title.annotations})
    columns = {annotator: f"annotator_{number}" for number, annotator in enumerate(annotators, start=1)}
    file = io.StringIO(newline="")
    writer = csv.DictWriter(
        file, ["text", "date", "source", "sampled", *columns.values()], lineterminator="\n", restval=""
    )
    writer.writeheader()
    for title in kept:
        votes = {columns[given.annotator]: given.label.title for given in title.annotations if given.label is not None}
        known = {"text": title.title, "date": title.pub_time.isoformat(), "source": title.source}
        writer.writerow({**known, "sampled": title.sampled, **votes})
    return file.getvalue(), len(titles) - len(kept)


def _is_not_news(annotations: Sequence[Annotation]) -> bool:
    return 2 * sum(annotation.label is None for annotation in annotations) >= len(annotations)
