"""Scores of headlines: one for each model version, written together with the roll-ups that they change."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from math import isclose, isfinite, log
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, exists, func, or_, select, update

from barometer.labels import FIELD_NAMES, N_CLASSES, Label
from barometer.live.records import ListedTitle, Prediction
from barometer.live.store.dialects import chunks, insert, lift_time_limit
from barometer.live.store.rollups import Change, add, deltas
from barometer.live.store.schema import labeled_news_titles, model_predictions, news_titles, rollups, score_queue

# Beyond what a model's float32 can tell; and squares of smaller numbers are an error in PostgreSQL, not 0.
_DECIMALS = 9
# A linear function of probabilities may leave [0, 1]; beyond this, something is wrong with it.
_LOWEST, _HIGHEST = -1.0, 2.0
_REWRITTEN = (*FIELD_NAMES, "predicted_class", "entropy", "scored_at", "news", "value", "counted")


def entropy(probabilities: Sequence[float]) -> float:
    """Shannon entropy in nats: 0 where the model is certain, log 3 where it knows nothing."""
    return -sum(p * log(p) for p in probabilities if p > 0)


def save_predictions(
    connection: Connection, model_version: str, predictions: Iterable[Prediction], scored_at: datetime
) -> int:
    """Store predictions, mend the roll-ups and take the titles off the scorers' queue; return how many are new.

    Saving again changes nothing, or replaces what differs; the mark `is_annotating` is never taken back. Titles that
    were deleted meanwhile are passed over.

    Raises:
        ValueError: if probabilities are not three numbers in [0, 1] that sum to 1, or the probability of being news or
            the value are no numbers.
    """
    by_id = {prediction.title_id: prediction for prediction in predictions}
    for prediction in by_id.values():
        _check(prediction)
    # One statement for all locks and one for all roll-ups, each in the order of keys: two scorers cannot deadlock.
    changes: list[Change] = []
    new = 0
    for chunk in chunks(sorted(by_id)):
        found = {title_id: by_id[title_id] for title_id in chunk}
        new_here, changed = _save(connection, model_version, found, scored_at)
        new += new_here
        changes += changed
    add(connection, deltas(connection, changes))
    return new


def _check(prediction: Prediction) -> None:
    values = prediction.probabilities
    in_range = len(values) == N_CLASSES and all(isfinite(p) and 0 <= p <= 1 for p in values)
    if not in_range or not isclose(sum(values), 1, abs_tol=1e-3):
        raise ValueError(f"title {prediction.title_id}: {values} are not {N_CLASSES} probabilities that sum to 1")
    if prediction.news is not None and not 0 <= prediction.news <= 1:
        raise ValueError(f"title {prediction.title_id}: news is {prediction.news}; expected a probability")
    if prediction.value is not None and not isfinite(prediction.value):
        raise ValueError(f"title {prediction.title_id}: value is {prediction.value}; expected a number")


def _save(
    connection: Connection, model_version: str, predictions: dict[int, Prediction], scored_at: datetime
) -> tuple[int, list[Change]]:
    """How many predictions are new, and what changed."""
    # Another scorer of the same titles, or one who deletes them, waits here: what is read next stays true.
    locked = select(news_titles.c.title_id, news_titles.c.pub_time).where(news_titles.c.title_id.in_(predictions))
    locked = locked.order_by(news_titles.c.title_id).with_for_update(key_share=True)
    pub_times = {row.title_id: row.pub_time for row in connection.execute(locked)}
    mine = (model_predictions.c.model_version == model_version) & model_predictions.c.title_id.in_(predictions)
    columns = model_predictions.c
    scored = connection.execute(select(columns.title_id, columns.value, columns.counted).where(mine))
    before = {row.title_id: row.value if row.counted else None for row in scored}
    rows = [_row(predictions[title_id], model_version, pub_times[title_id], scored_at) for title_id in pub_times]
    if rows:
        _upsert(connection, rows)
    done = (score_queue.c.model_version == model_version) & score_queue.c.title_id.in_(predictions)
    connection.execute(delete(score_queue).where(done))
    changes: list[Change] = [
        (model_version, title_id, pub_time, before.get(title_id), _added(predictions[title_id]))
        for title_id, pub_time in pub_times.items()
    ]
    return len(pub_times.keys() - before.keys()), changes


def _rounded(prediction: Prediction) -> list[float]:
    return [round(float(p), _DECIMALS) for p in prediction.probabilities]


def _value(prediction: Prediction) -> float:
    value = prediction.probabilities[Label.POSITIVE] if prediction.value is None else prediction.value
    return round(min(max(float(value), _LOWEST), _HIGHEST), _DECIMALS)


def _added(prediction: Prediction) -> float | None:
    return _value(prediction) if prediction.counted else None


def _row(prediction: Prediction, model_version: str, pub_time: datetime, scored_at: datetime) -> dict[str, object]:
    probabilities = _rounded(prediction)
    return {
        "title_id": prediction.title_id,
        "model_version": model_version,
        "pub_time": pub_time,
        **dict(zip(FIELD_NAMES, probabilities, strict=True)),
        "predicted_class": probabilities.index(max(probabilities)),
        "entropy": entropy(probabilities),
        "is_annotating": prediction.is_annotating,
        "scored_at": scored_at,
        "news": None if prediction.news is None else round(float(prediction.news), _DECIMALS),
        "value": _value(prediction),
        "counted": prediction.counted,
    }


def _upsert(connection: Connection, rows: list[dict[str, object]]) -> None:
    statement = insert(connection, model_predictions)
    values: dict[str, ColumnElement[Any]] = {name: statement.excluded[name] for name in _REWRITTEN}
    values["is_annotating"] = or_(model_predictions.c.is_annotating, statement.excluded.is_annotating)
    connection.execute(statement.on_conflict_do_update(index_elements=["title_id", "model_version"], set_=values), rows)


def mark_annotating(connection: Connection, model_version: str, title_ids: Collection[int]) -> int:
    """Mark scored headlines as sent to annotators; return how many were not marked before."""
    mine = (model_predictions.c.model_version == model_version) & ~model_predictions.c.is_annotating
    marked = 0
    for chunk in chunks(sorted(title_ids)):
        chosen = mine & model_predictions.c.title_id.in_(chunk)
        marked += connection.execute(update(model_predictions).where(chosen).values(is_annotating=True)).rowcount
    return marked


def forget_version(connection: Connection, model_version: str) -> int:
    """Delete all that one model version scored, its roll-ups and its queue; return how many predictions.

    Stop the scorers of that version first.
    """
    lift_time_limit(connection)
    deleted = connection.execute(
        delete(model_predictions).where(model_predictions.c.model_version == model_version)
    ).rowcount
    for table in (rollups, score_queue):
        connection.execute(delete(table).where(table.c.model_version == model_version))
    return deleted


def listed_titles(model_version: str) -> Select[*tuple[Any, ...]]:
    """All headlines that a version scored, counted or not, in no order: rows for `listed_title`."""
    scores = model_predictions.c
    titles = news_titles.c
    columns = (titles.title_id, titles.title, titles.source, titles.url, titles.pub_time)
    of_class = (scores.negative, scores.neutral, scores.positive, scores.predicted_class, scores.entropy)
    joined = select(*columns, *of_class, scores.news, scores.counted)
    joined = joined.join(news_titles, titles.title_id == scores.title_id)
    return joined.where(scores.model_version == model_version)


def listed_title(row: Row[*tuple[Any, ...]]) -> ListedTitle:
    """The record of a row of `listed_titles`."""
    title_id, title, source, url, pub_time, negative, neutral, positive, predicted, uncertainty, news, counted = row
    probabilities = (negative, neutral, positive)
    return ListedTitle(
        title_id,
        title,
        source,
        url,
        pub_time,
        probabilities,
        Label(predicted),
        uncertainty,
        news=news,
        counted=counted,
    )


def newest_titles(
    connection: Connection, model_version: str, k: int, predicted: Label | None = None
) -> list[ListedTitle]:
    """The `k` newest headlines that count, of one predicted class or of all; newest first."""
    rows = listed_titles(model_version).where(model_predictions.c.counted)
    rows = rows.order_by(model_predictions.c.pub_time.desc(), news_titles.c.title_id).limit(k)
    if predicted is not None:
        rows = rows.where(model_predictions.c.predicted_class == int(predicted))
    return [listed_title(row) for row in connection.execute(rows)]


def unmarked_titles(connection: Connection, model_version: str, since: datetime) -> list[ListedTitle]:
    """Headlines that count, published at or after a moment, most uncertain first, that no annotator saw.

    Left out are those that were marked on behalf of any version, and those that have a label.
    """
    titles, other = news_titles.c, model_predictions.alias()
    marked = exists().where(other.c.title_id == titles.title_id, other.c.is_annotating)
    labelled = exists().where(labeled_news_titles.c.title_id == titles.title_id)
    rows = listed_titles(model_version).where(model_predictions.c.counted, model_predictions.c.pub_time >= since)
    rows = rows.where(~marked, ~labelled)
    ordered = rows.order_by(model_predictions.c.entropy.desc(), titles.title_id)
    return [listed_title(row) for row in connection.execute(ordered)]


def newest_pub_time(connection: Connection, model_version: str) -> datetime | None:
    """When the newest headline that this version counts was published, in UTC."""
    columns = model_predictions.c
    newest = select(func.max(columns.pub_time)).where(columns.model_version == model_version, columns.counted)
    moment: datetime | None = connection.execute(newest).scalar_one()
    return moment
