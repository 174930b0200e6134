"""Labels on their way into the store, and out of it as a corpus that a model can be trained on."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from barometer.live.annotation.label_studio import LabelError, LabelReading
from barometer.live.records import Annotation
from barometer.live.store.annotations import save_annotations
from barometer.live.store.labelling import LabelledTitle, hold_titles


@dataclass(frozen=True, slots=True)
class LabelImport:
    """How many labels an import brought.

    Attributes:
        new: labels that were not stored, or in place of an older one.
        unchanged: labels that were stored already, or are older than what is stored.
        skipped: what was passed over, by reason.
    """

    new: int
    unchanged: int
    skipped: Counter[str]


def save_labels(connection: Connection, reading: LabelReading, *, skip_unknown: bool = False) -> LabelImport:
    """Store what an export of Label Studio holds; importing again changes nothing.

    Raises:
        LabelError: if a headline is not stored, unless `skip_unknown` passes over its annotations; nothing is stored.
    """
    stored = hold_titles(connection, reading.tasks.keys())
    known = [annotation for annotation in reading.annotations if annotation.title_id in stored]
    unknown = len(reading.annotations) - len(known)
    if unknown and not skip_unknown:
        first = next(annotation.title_id for annotation in reading.annotations if annotation.title_id not in stored)
        raise LabelError(f"{reading.tasks[first]}: the store has no headline {first}")
    new = save_annotations(connection, known)
    votes = {(annotation.title_id, annotation.annotator) for annotation in known}
    skipped = reading.skipped + Counter({"unknown headline": unknown})
    return LabelImport(new, len(votes) - new, skipped)


def corpus_csv(titles: Sequence[LabelledTitle]) -> tuple[str, int]:
    """Return labelled headlines as a corpus, and how many were left out because at least half call them no news.

    The corpus is CSV text: `text`, `date`, `source` and one column of class names for each annotator, who are numbered
    so that a corpus names nobody.
    """
    kept = [title for title in titles if not _is_no_news(title.annotations)]
    annotators = sorted({annotation.annotator for title in kept for annotation in title.annotations})
    columns = {annotator: f"annotator_{number}" for number, annotator in enumerate(annotators, start=1)}
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, ["text", "date", "source", *columns.values()], lineterminator="\n", restval="")
    writer.writeheader()
    for title in kept:
        votes = {columns[given.annotator]: given.label.title for given in title.annotations if given.label is not None}
        writer.writerow({"text": title.title, "date": title.pub_time.isoformat(), "source": title.source, **votes})
    return file.getvalue(), len(titles) - len(kept)


def _is_no_news(annotations: Sequence[Annotation]) -> bool:
    return 2 * sum(annotation.label is None for annotation in annotations) >= len(annotations)
