"""What passes between store and annotators: headlines sampled and still without a label, and labelled ones."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, select

from barometer.live.records import Annotation, ListedTitle
from barometer.live.store.annotations import read_annotations
from barometer.live.store.predictions import listed_title, listed_titles
from barometer.live.store.schema import labeled_news_titles, model_predictions, news_titles
from barometer.live.store.statements import chunks


@dataclass(frozen=True, slots=True)
class LabelledTitle:
    """A stored headline with what each annotator said of it, at least one; `pub_time` is in UTC."""

    title: str
    source: str
    pub_time: datetime
    annotations: tuple[Annotation, ...]


def awaited_titles(connection: Connection) -> dict[str, list[ListedTitle]]:
    """Headlines marked for annotation that nobody labelled yet, newest first, by the model version that marked them.

    A headline that several versions marked is given once.
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
    """Return which of some headlines are stored; these cannot be deleted before the transaction ends."""
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
    return [
        LabelledTitle(title, source, pub_time, tuple(given[title_id]))
        for title_id, title, source, pub_time in connection.execute(rows.where(columns.title_id.in_(title_ids)))
    ]
