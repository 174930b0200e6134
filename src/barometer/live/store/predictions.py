"""Scores of headlines: one for each model version, written together with the roll-ups that they change."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import isclose, isfinite, log
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from barometer.labels import FIELD_NAMES, N_CLASSES, Label
from barometer.live.records import Prediction
from barometer.live.store.dialects import chunks, insert, insert_rows, lift_time_limit
from barometer.live.store.rollups import Change, add, deltas, published
from barometer.live.store.schema import model_predictions, news_titles, rollups, score_queue

# Finer than a model's float32; and squares of smaller numbers are an error in PostgreSQL, not 0.
_DECIMALS = 9
# Bounds of a value: a linear function of probabilities may leave [0, 1], but not by more.
_LOWEST, _HIGHEST = -1.0, 2.0
_REWRITTEN = (*FIELD_NAMES, "predicted_class", "entropy", "scored_at", "news", "value", "counted")


def entropy(probabilities: Sequence[float]) -> float:
    """Shannon entropy in nats: from 0, certain, to log 3, all classes equally likely."""
    return -sum(p * log(p) for p in probabilities if p > 0)


def save_predictions(
    connection: Connection, model_version: str, predictions: Iterable[Prediction], scored_at: datetime
) -> int:
    """Store predictions, update the roll-ups and take the titles off the scorers' queue; return how many are new.

    Saving again replaces what differs; the mark `is_annotating` is never cleared. Titles deleted or edited meanwhile
    are skipped.

    Raises:
        ValueError: if probabilities are not three numbers in [0, 1] that sum to 1, the probability of being news is not
            in [0, 1], or the value is not finite.
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
    """How many predictions are new, and all changes."""
    # Other scorers of these titles, and deletions, wait for this lock, so what is read next stays valid.
    current = news_titles.c.title_id.in_(predictions) & news_titles.c.superseded_by.is_(None)
    locked = select(news_titles.c.title_id, news_titles.c.pub_time).where(current)
    locked = locked.order_by(news_titles.c.title_id).with_for_update(key_share=True)
    pub_times = {row.title_id: row.pub_time for row in connection.execute(locked)}
    columns = model_predictions.c
    scored = select(columns.title_id, columns.value, columns.counted).where(
        columns.model_version == model_version, columns.title_id.in_(predictions), published(pub_times.values())
    )
    before = {row.title_id: row.value if row.counted else None for row in connection.execute(scored)}
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
    keys = ["title_id", "model_version"]
    if connection.dialect.name == "postgresql":
        keys.append("pub_time")
    statement = statement.on_conflict_do_update(index_elements=keys, set_=values)
    insert_rows(connection, model_predictions, statement, rows)


def forget_version(connection: Connection, model_version: str) -> int:
    """Delete the predictions of a model version, its roll-ups and its queue; return how many predictions.

    Stop the scorers of that version first.
    """
    lift_time_limit(connection)
    deleted = connection.execute(
        delete(model_predictions).where(model_predictions.c.model_version == model_version)
    ).rowcount
    for table in (rollups, score_queue):
        connection.execute(delete(table).where(table.c.model_version == model_version))
    return deleted
