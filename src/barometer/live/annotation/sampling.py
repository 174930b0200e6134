"""Samples headlines for annotation among those that a model version scored, and marks them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, exists, func, select, update

from barometer.live.records import ListedTitle
from barometer.live.store.annotation import Sampled, count_open, read_samples, save_samples
from barometer.live.store.dialects import chunks
from barometer.live.store.engine import writing
from barometer.live.store.marks import Pruning
from barometer.live.store.schema import labeled_news_titles, model_predictions, news_titles, samples
from barometer.live.store.search import listed_title, listed_titles

# From probabilities of N candidates, shape (N, 3), class order, and k <= N: positions, shape (k,), most wanted first.
Choose: TypeAlias = Callable[[NDArray[np.float64], int], NDArray[np.intp]]
_LOCK = 0x62_61_72_6F_73_61_6D_70  # "barosamp": a PostgreSQL advisory lock is a number


@dataclass(frozen=True, slots=True)
class Draw:
    """How many of a sample are drawn at random, so that their labels can measure, and how many may await a label.

    Attributes:
        k: headlines drawn at random, of those sampled.
        rng: draws them; None only if `k` is 0.
        most_open: sampling stops when so many headlines await an answer; None never stops.
    """

    k: int = 0
    rng: np.random.Generator | None = None
    most_open: int | None = None


def sample_titles(
    engine: Engine, model_version: str, choose: Choose, k: int, since: datetime, draw: Draw = Draw()
) -> list[int]:
    """Mark up to `k` headlines for annotation and return their ids: those drawn at random, then the most wanted.

    Candidates were published at or after `since`, scored by `model_version`, and neither labelled nor sampled before
    for any version. Random ones come from what was sampled as uncertain too, since otherwise they would be surer than
    headlines are: such a one is random from then on. Several may sample at once: one waits for the other, and no
    headline is sampled twice.

    Args:
        engine: of the store.
        model_version: the version whose scores count.
        choose: a query strategy; not called without candidates.
        k: the most to choose; fewer if there are fewer candidates, or as many await an answer as may.
        since: with zone.
        draw: what is drawn at random, and how many may be open.

    Raises:
        ValueError: if `k` is negative, or `choose` does not return k distinct positions.
    """
    if k < 0:
        raise ValueError(f"k = {k}: expected at least 0")
    with writing(engine) as connection:
        # SQLite has one writer at a time; in PostgreSQL two samplers could read before either has marked.
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if draw.most_open is not None:
            k = min(k, max(draw.most_open - count_open(connection), 0))
        drawn = _drawn(connection, model_version, since, min(draw.k, k), draw.rng)
        candidates = unmarked_titles(connection, model_version, since)
        chosen = _chosen(candidates, choose, min(k - len(drawn), len(candidates)))
        mark_annotating(connection, model_version, chosen)
    return drawn + chosen


def _drawn(
    connection: Connection, model_version: str, since: datetime, k: int, rng: np.random.Generator | None
) -> list[int]:
    """Mark headlines at random and return those that were not marked before."""
    if k == 0 or rng is None:
        return []
    columns = model_predictions.c
    titles = select(columns.title_id).where(columns.model_version == model_version, columns.counted)
    labelled = exists().where(labeled_news_titles.c.title_id == columns.title_id)
    random = exists().where(samples.c.title_id == columns.title_id, samples.c.sampled == "random")
    titles = titles.where(columns.pub_time >= since, ~labelled, ~random).order_by(columns.title_id)
    known = list(connection.execute(titles).scalars())
    drawn = [known[int(n)] for n in rng.choice(len(known), size=min(k, len(known)), replace=False)]
    before = read_samples(connection, drawn)
    mark_annotating(connection, model_version, drawn, "random")
    return [title_id for title_id in drawn if title_id not in before]


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
    same_time = Pruning(other.c.pub_time == titles.pub_time)
    marked = exists().where(other.c.title_id == titles.title_id, other.c.is_annotating, same_time)
    sampled = exists().where(samples.c.title_id == titles.title_id)
    labelled = exists().where(labeled_news_titles.c.title_id == titles.title_id)
    rows = listed_titles(model_version).where(model_predictions.c.counted, model_predictions.c.pub_time >= since)
    rows = rows.where(~marked, ~sampled, ~labelled)
    ordered = rows.order_by(model_predictions.c.entropy.desc(), titles.title_id)
    return [listed_title(row) for row in connection.execute(ordered)]


def mark_annotating(
    connection: Connection, model_version: str, title_ids: Collection[int], sampled: Sampled = "uncertain"
) -> int:
    """Mark scored headlines as sent to annotators; return how many were not marked before."""
    mine = (model_predictions.c.model_version == model_version) & ~model_predictions.c.is_annotating
    marked = 0
    for chunk in chunks(sorted(title_ids)):
        chosen = mine & model_predictions.c.title_id.in_(chunk)
        marked += connection.execute(update(model_predictions).where(chosen).values(is_annotating=True)).rowcount
    save_samples(connection, title_ids, sampled, datetime.now(UTC))
    return marked
