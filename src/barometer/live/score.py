"""Scores the stored headlines that lack a prediction by a model version; safe to kill and run again."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from barometer.labels import N_CLASSES
from barometer.live.records import Claim, Prediction
from barometer.live.store.claims import (
    LEASE,
    claim_titles,
    enqueue_unscored,
    next_lease_end,
    queued_since,
    release_claim,
)
from barometer.live.store.engine import reading, writing
from barometer.live.store.partitions import AHEAD, make_months
from barometer.live.store.predictions import save_predictions
from barometer.prevalence import Prevalence

# N texts to probabilities, shape (N, 3), class order, and the probability that each is news, shape (N,):
# `Predictor.score`, or any other.
Score: TypeAlias = Callable[[Sequence[str]], tuple[NDArray[np.float32], NDArray[np.float32]]]
BATCH = 256
_POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Scorer:
    """One model version as scoring needs it; `barometer.scoring.scorer_of` makes it from a predictor.

    Attributes:
        version: stored with every prediction.
        score: returns probabilities and the probability of being news.
        prevalence: weights that make a headline's value.
        news_threshold: the least probability of being news with which a headline counts; None if every headline counts.
    """

    version: str
    score: Score
    prevalence: Prevalence = field(default_factory=Prevalence)
    news_threshold: float | None = None

    def predict(self, titles: Mapping[int, str]) -> list[Prediction]:
        """Predict for headlines, texts by id.

        Raises:
            ValueError: if `score` does not return shapes (N, 3) and (N,).
        """
        probabilities, news = self.score(list(titles.values()))
        expected = (len(titles), N_CLASSES)
        if probabilities.shape != expected or news.shape != expected[:1]:
            shapes = f"probabilities of shape {probabilities.shape} and news of shape {news.shape}"
            raise ValueError(f"{shapes}, expected {expected} and {expected[:1]}")
        rows = zip(titles, probabilities.tolist(), news.tolist(), strict=True)
        return [self._prediction(title_id, (row[0], row[1], row[2]), is_news) for title_id, row, is_news in rows]

    def _prediction(self, title_id: int, probabilities: tuple[float, float, float], news: float) -> Prediction:
        counted = self.news_threshold is None or news >= self.news_threshold
        value = self.prevalence.value(probabilities)
        return Prediction(title_id, probabilities, news=news, value=value, counted=counted)


def score_titles(
    engine: Engine,
    scorer: Scorer,
    *,
    since: datetime | None = None,
    batch: int = BATCH,
    lease: timedelta = LEASE,
    progress: Callable[[int], object] = lambda scored: None,
) -> int:
    """Score the headlines published at or after `since` (all, if None), newest first; return how many.

    Several scorers may run at once and share the work. Each waits for what another holds until that one delivers or
    its lease ends, so that nothing is left unscored even if one dies. `progress` is called with the size of each saved
    batch.

    Raises:
        ValueError: as `Scorer.predict` does. The batch is released.
    """
    with writing(engine) as connection:
        enqueue_unscored(connection, scorer.version, since)
        oldest = queued_since(connection, scorer.version)
    make_months(engine, oldest or _now(), _now() + AHEAD)
    scored = 0
    while True:
        with writing(engine) as connection:
            claim = claim_titles(connection, scorer.version, batch, _now(), lease)
        if claim.titles:
            scored += _deliver(engine, scorer, claim)
            progress(len(claim.titles))
        elif not _wait(engine, scorer.version):
            return scored


def _now() -> datetime:
    return datetime.now(UTC)


def _deliver(engine: Engine, scorer: Scorer, claim: Claim) -> int:
    try:
        scores = scorer.predict(claim.titles)
        with writing(engine) as connection:
            return save_predictions(connection, scorer.version, scores, _now())
    except BaseException:  # on an interrupt, too, others should not have to wait for the lease
        with suppress(SQLAlchemyError), writing(engine) as connection:  # if the database is gone, the lease expires
            release_claim(connection, claim.token)
        raise


def _wait(engine: Engine, model_version: str) -> bool:
    """Sleep briefly if others hold a lease; return whether they do."""
    with reading(engine) as connection:
        end = next_lease_end(connection, model_version, _now())
    if end is None:
        return False
    time.sleep(min(_POLL_S, max((end - _now()).total_seconds(), 0.0)))
    return True
