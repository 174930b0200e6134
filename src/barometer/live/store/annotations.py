"""Labels that people gave to stored headlines; each annotator has one label for a headline, the newest."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from barometer.labels import Label
from barometer.live.records import Annotation
from barometer.live.store.schema import labeled_news_titles
from barometer.live.store.statements import insert

NOT_NEWS = "not news"


def save_annotations(connection: Connection, annotations: Iterable[Annotation]) -> int:
    """Store labels; return how many are new or newer than what was known. Importing again changes nothing.

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
    statement = insert(connection, table)
    statement = statement.on_conflict_do_update(
        index_elements=["title_id", "annotator"],
        set_={"label": statement.excluded.label, "annotation_time": statement.excluded.annotation_time},
        where=statement.excluded.annotation_time > table.c.annotation_time,
    )
    return len(connection.execute(statement.returning(table.c.title_id), rows).all())


def _row(annotation: Annotation) -> dict[str, object]:
    return {
        "title_id": annotation.title_id,
        "annotator": annotation.annotator,
        "label": NOT_NEWS if annotation.label is None else str(int(annotation.label)),
        "annotation_time": annotation.annotated_at,
    }


def read_annotations(connection: Connection, since: datetime | None = None) -> list[Annotation]:
    """All labels, or those given at or after a moment, oldest first."""
    columns = labeled_news_titles.c
    rows = select(columns.title_id, columns.annotator, columns.label, columns.annotation_time)
    if since is not None:
        rows = rows.where(columns.annotation_time >= since)
    rows = rows.order_by(columns.annotation_time, columns.title_id, columns.annotator)
    return [
        Annotation(title_id, annotator, None if label == NOT_NEWS else Label(int(label)), moment)
        for title_id, annotator, label, moment in connection.execute(rows)
    ]
