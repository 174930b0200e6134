"""Which headlines annotators are asked to label: chosen among those that a model version scored, and marked as sent."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select

from barometer.live.records import ListedTitle
from barometer.live.store.engine import writing
from barometer.live.store.predictions import mark_annotating, unmarked_titles

# Probabilities of N candidates, shape (N, 3), class order, and k <= N to positions of shape (k,), most wanted first.
Choose: TypeAlias = Callable[[NDArray[np.float64], int], NDArray[np.intp]]
_LOCK = 0x62_61_72_6F_73_61_6D_70  # "barosamp": advisory locks of PostgreSQL are told apart by a number


def sample_titles(engine: Engine, model_version: str, choose: Choose, k: int, since: datetime) -> list[int]:
    """Mark up to `k` headlines for annotation and return their ids, the most wanted first.

    Candidates were published at or after `since`, scored by `model_version`, labelled by nobody, and never sampled
    before, on whatever version's behalf. Several may sample at once: one waits for the other, and none gets a headline
    twice.

    Args:
        engine: of the store.
        model_version: whose scores count.
        choose: a query strategy; it is not asked where there is no candidate.
        k: the most to choose; fewer where there are fewer candidates.
        since: with zone.

    Raises:
        ValueError: if `k` is negative, or `choose` does not give distinct positions, as many as it was asked for.
    """
    if k < 0:
        raise ValueError(f"k = {k}: expected at least 0")
    with writing(engine) as connection:
        # SQLite lets one write at a time; in PostgreSQL two samplers would read before either has marked.
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
        raise ValueError(f"choose gave {positions}; expected {k} distinct positions below {len(candidates)}")
    return [candidates[position].title_id for position in positions]
