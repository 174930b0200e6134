"""Scores stored headlines: whatever lacks a prediction by a model version gets one, however often this is killed."""

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
from barometer.live.store.claims import LEASE, claim_titles, enqueue_unscored, next_lease_end, release_claim
from barometer.live.store.engine import reading, writing
from barometer.live.store.predictions import save_predictions
from barometer.prevalence import Prevalence

# N texts to probabilities, shape (N, 3), class order, and the probability that each is news, shape (N,):
# `Predictor.score`, or any other.
Score: TypeAlias = Callable[[Sequence[str]], tuple[NDArray[np.float32], NDArray[np.float32]]]
BATCH = 256
_POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Scorer:
    """One model version as scoring needs it; `barometer.scoring.scorer_of` makes it of a predictor.

    Attributes:
        version: goes with every prediction.
        score: gives probabilities and news.
        prevalence: what a headline adds to the barometer.
        news_threshold: the probability of being news from which a headline counts; None where every headline does.
    """

    version: str
    score: Score
    prevalence: Prevalence = field(default_factory=Prevalence)
    news_threshold: float | None = None

    def predict(self, titles: Mapping[int, str]) -> list[Prediction]:
        """What the version says of headlines, texts by id.

        Raises:
            ValueError: if `score` gives no probabilities of shape (N, 3) and news of shape (N,).
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

    Several may run at once and share the work. What another scorer holds is waited for until it delivers or its lease
    ends, so that afterwards nothing is left, whoever died. `progress` hears the size of each batch that is saved.

    Raises:
        ValueError: as `Scorer.predict` does. What this scorer held is given back.
    """
    with writing(engine) as connection:
        enqueue_unscored(connection, scorer.version, since)
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
