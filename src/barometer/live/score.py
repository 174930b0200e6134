"""Scores stored headlines: whatever lacks a prediction by a model version gets one, however often this is killed."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from barometer.labels import N_CLASSES
from barometer.live.records import Claim, Prediction
from barometer.live.store.claims import LEASE, claim_titles, enqueue_unscored, next_lease_end, release_claim
from barometer.live.store.engine import reading, writing
from barometer.live.store.predictions import save_predictions

# Texts to probabilities, shape (N, 3), class order: `Predictor.predict_proba`, or any other.
Predict: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]
BATCH = 256
_POLL_S = 1.0


def score_titles(
    engine: Engine,
    model_version: str,
    predict: Predict,
    *,
    since: datetime | None = None,
    batch: int = BATCH,
    lease: timedelta = LEASE,
    progress: Callable[[int], object] = lambda scored: None,
) -> int:
    """Score the headlines published at or after `since` (all, if None), newest first; return how many.

    Several may run at once and share the work. What another scorer holds is waited for until it delivers or its lease
    ends, so that afterwards nothing is left, whoever died. `progress` hears the size of each batch that is saved.

    Raises:
        ValueError: if `predict` gives no probabilities of shape (N, 3). What it held is given back.
    """
    with writing(engine) as connection:
        enqueue_unscored(connection, model_version, since)
    scored = 0
    while True:
        with writing(engine) as connection:
            claim = claim_titles(connection, model_version, batch, _now(), lease)
        if claim.titles:
            scored += _deliver(engine, model_version, predict, claim)
            progress(len(claim.titles))
        elif not _wait(engine, model_version):
            return scored


def _now() -> datetime:
    return datetime.now(UTC)


def _deliver(engine: Engine, model_version: str, predict: Predict, claim: Claim) -> int:
    try:
        probabilities = predict(list(claim.titles.values()))
        if probabilities.shape != (len(claim.titles), N_CLASSES):
            raise ValueError(f"probabilities of shape {probabilities.shape}, expected {(len(claim.titles), N_CLASSES)}")
        scores = [
            Prediction(title_id, (float(row[0]), float(row[1]), float(row[2])))
            for title_id, row in zip(claim.titles, probabilities, strict=True)
        ]
        with writing(engine) as connection:
            return save_predictions(connection, model_version, scores, _now())
    except BaseException:  # an interrupt, too, should not make others wait for the lease
        with suppress(SQLAlchemyError), writing(engine) as connection:  # where the database is gone, the lease ends
            release_claim(connection, claim.token)
        raise


def _wait(engine: Engine, model_version: str) -> bool:
    """Sleep a little where others hold a lease; return whether they do."""
    with reading(engine) as connection:
        end = next_lease_end(connection, model_version, _now())
    if end is None:
        return False
    time.sleep(min(_POLL_S, max((end - _now()).total_seconds(), 0.0)))
    return True
