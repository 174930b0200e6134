import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select

import barometer
from barometer.live.index import last_hours
from barometer.live.records import NewsTitle
from barometer.live.score import Scorer, score_titles
from barometer.live.store.claims import claim_titles, enqueue_unscored
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.schema import model_predictions
from barometer.live.store.titles import save_titles
from barometer.prevalence import Prevalence

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Make = Callable[..., NewsTitle]

# Scores slowly, and tells each batch before it is scored and after it is saved.
SCORER = """
import sys, time
from datetime import timedelta
import numpy as np
from barometer.live.score import Scorer, score_titles
from barometer.live.store.engine import open_engine

def score(texts):
    print("claimed", len(texts), flush=True)
    time.sleep(0.05)
    return np.tile(np.float32([0.25, 0.25, 0.5]), (len(texts), 1)), np.ones(len(texts), np.float32)

score_titles(open_engine(sys.argv[1]), Scorer("v", score), batch=10, lease=timedelta(seconds=2),
             progress=lambda n: print("saved", n, flush=True))
"""


class Words:
    """Returns the last word of a text as its probability, also that of news; records the texts.

    `scorer` scores with it as a version.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __call__(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self.asked.update(texts)
        positive = np.array([float(text.split()[-1]) for text in texts], dtype=np.float32)
        return np.stack([1 - positive, np.zeros_like(positive), positive], axis=1), positive

    def scorer(self, version: str = "v", prevalence: Prevalence | None = None, **more: float) -> Scorer:
        return Scorer(version, self, prevalence or Prevalence(), **more)


def store_titles(database: Engine, make_title: Make, n: int) -> None:
    with writing(database) as connection:
        save_titles(connection, [make_title(f"Headline {i} 0.{i % 10}", NOW - i * MINUTE) for i in range(n)])


def count(database: Engine, version: str = "v") -> int:
    with reading(database) as connection:
        rows = select(func.count()).where(model_predictions.c.model_version == version)
        return connection.execute(rows).scalar_one()


def test_each_version_scores_every_headline_once(database: Engine, make_title: Make) -> None:
    store_titles(database, make_title, 30)
    words, sizes = Words(), list[int]()
    assert score_titles(database, words.scorer(), batch=8, progress=sizes.append) == 30
    assert score_titles(database, words.scorer(), batch=8) == 0
    assert sizes == [8, 8, 8, 6]
    assert set(words.asked.values()) == {1}
    assert score_titles(database, words.scorer("w"), since=NOW - 9 * MINUTE) == 10
    assert (count(database), count(database, "w")) == (30, 10)
    with reading(database) as connection:
        found = last_hours(connection, "v", 1, NOW + MINUTE)
    assert (found.count, found.value) == (30, pytest.approx(0.45))


def test_not_news_is_stored_but_uncounted(database: Engine, make_title: Make) -> None:
    store_titles(database, make_title, 20)  # two each of 0.0 to 0.9
    words = Words()
    prevalence = Prevalence((-0.2, 0.0, 1.1), 0.2, 0.001)
    assert score_titles(database, words.scorer("w", prevalence, news_threshold=0.65)) == 20
    with writing(database) as connection:
        found = last_hours(connection, "w", 1, NOW + MINUTE)
        assert rebuild_rollups(connection, "w") == 0
        rows = connection.execute(select(model_predictions.c["positive", "news", "value", "counted"])).all()
    assert found.count == 6
    assert found.value == pytest.approx(0.8 * 1.1 - 0.2 * 0.2)
    assert len(rows) == 20
    assert all(row.news == pytest.approx(row.positive) and row.counted == (row.positive > 0.65) for row in rows)
    assert min(row.value for row in rows) == pytest.approx(-0.2)


@pytest.mark.parametrize("problem", [KeyboardInterrupt, OSError, ValueError])
def test_failed_batch_is_released_at_once(database: Engine, make_title: Make, problem: type[BaseException]) -> None:
    store_titles(database, make_title, 5)

    def broken(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if problem is ValueError:
            return np.ones((len(texts), 2), dtype=np.float32), np.ones(len(texts), dtype=np.float32)
        raise problem

    with pytest.raises(problem):
        score_titles(database, Scorer("v", broken))
    with writing(database) as connection:
        assert len(claim_titles(connection, "v", 9, NOW).titles) == 5


def test_dead_scorers_work_is_taken_over(database: Engine, make_title: Make) -> None:
    store_titles(database, make_title, 5)
    with writing(database) as connection:
        enqueue_unscored(connection, "v")
        claim_titles(connection, "v", 3, datetime.now(UTC), timedelta(seconds=0.5))
    assert score_titles(database, Words().scorer()) == 5


@pytest.mark.slow
@pytest.mark.parametrize(("event", "turn"), [("claimed", 1), ("claimed", 3), ("saved", 2)])
def test_killed_scorer_loses_and_doubles_nothing(
    store_url: str, make_title: Make, event: str, turn: int, count_queued: Callable[..., Any]
) -> None:
    database = open_engine(store_url)
    store_titles(database, make_title, 45)
    path = os.pathsep.join([str(Path(barometer.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    scorer = subprocess.Popen(
        [sys.executable, "-c", SCORER, store_url],
        env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert scorer.stdout is not None
    while turn:
        turn -= scorer.stdout.readline().startswith(event)
    scorer.kill()
    scorer.wait()
    scorer.stdout.close()
    before = count(database)
    assert before < 45

    again = Words()
    assert score_titles(database, again.scorer(), batch=10) == 45 - before
    assert count(database) == 45
    assert sum(again.asked.values()) == 45 - before, "no headline was scored twice by those who lived"
    with writing(database) as connection:
        assert rebuild_rollups(connection, "v") == 0
        assert count_queued(connection, "v") == 0
    database.dispose()
