"""Samples headlines for annotation among those that a model version scored, and marks them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, exists, func, select, update

from barometer.live.records import ListedTitle
from barometer.live.store.dialects import chunks
from barometer.live.store.engine import writing
from barometer.live.store.schema import labeled_news_titles, model_predictions, news_titles
from barometer.live.store.search import listed_title, listed_titles

# From probabilities of N candidates, shape (N, 3), class order, and k <= N: positions, shape (k,), most wanted first.
Choose: TypeAlias = Callable[[NDArray[np.float64], int], NDArray[np.intp]]
_LOCK = 0x62_61_72_6F_73_61_6D_70  # "barosamp": a PostgreSQL advisory lock is a number


def sample_titles(engine: Engine, model_version: str, choose: Choose, k: int, since: datetime) -> list[int]:
    """Mark up to `k` headlines for annotation and return their ids, the most wanted first.

    Candidates were published at or after `since`, scored by `model_version`, and neither labelled nor sampled before
    for any version. Several may sample at once: one waits for the other, and no headline is sampled twice.

    Args:
        engine: of the store.
        model_version: the version whose scores count.
        choose: a query strategy; not called without candidates.
        k: the most to choose; fewer if there are fewer candidates.
        since: with zone.

    Raises:
        ValueError: if `k` is negative, or `choose` does not return k distinct positions.
    """
    if k < 0:
        raise ValueError(f"k = {k}: expected at least 0")
    with writing(engine) as connection:
        # SQLite has one writer at a time; in PostgreSQL two samplers could read before either has marked.
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        candidates = unmarked_titles(connection, model_version, since)
        chosen = _chosen(candidates, choose, min(k, len(candidates)))
        mark_annotating(connection, model_version, chosen)
    return chosen


def _chosen(candidates: Sequence[ListedTitle], choose: Choose, k: int) -> list[int]:
    if k == 0:
        return []
    probabilities = np.array([title.probabilities for title in candidates], dtype=np.float64)
    positions = [int(position) for position in choose(probabilities, k)]
    if len(positions) != k or len(set(positions) & set(range(len(candidates)))) != k:
        raise ValueError(f"choose returned {positions}; expected {k} distinct positions below {len(candidates)}")
    return [candidates[position].title_id for position in positions]


def unmarked_titles(connection: Connection, model_version: str, since: datetime) -> list[ListedTitle]:
    """Headlines that count, published at or after `since`, neither marked for any version nor labelled.

    The most uncertain come first.
    """
    titles, other = news_titles.c, model_predictions.alias()
    marked = exists().where(other.c.title_id == titles.title_id, other.c.is_annotating)
    labelled = exists().where(labeled_news_titles.c.title_id == titles.title_id)
    rows = listed_titles(model_version).where(model_predictions.c.counted, model_predictions.c.pub_time >= since)
    rows = rows.where(~marked, ~labelled)
    ordered = rows.order_by(model_predictions.c.entropy.desc(), titles.title_id)
    return [listed_title(row) for row in connection.execute(ordered)]


def mark_annotating(connection: Connection, model_version: str, title_ids: Collection[int]) -> int:
    """Mark scored headlines as sent to annotators; return how many were not marked before."""
    mine = (model_predictions.c.model_version == model_version) & ~model_predictions.c.is_annotating
    marked = 0
    for chunk in chunks(sorted(title_ids)):
        chosen = mine & model_predictions.c.title_id.in_(chunk)
        marked += connection.execute(update(model_predictions).where(chosen).values(is_annotating=True)).rowcount
    return marked
