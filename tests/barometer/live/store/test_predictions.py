import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import log
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select

from barometer.labels import Label
from barometer.live.annotation.sampling import mark_annotating, unmarked_titles
from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.claims import enqueue_unscored
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.predictions import (
    entropy,
    forget_version,
    save_predictions,
)
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.schema import model_predictions, rollups
from barometer.live.store.search import newest_pub_time, newest_titles
from barometer.live.store.titles import delete_titles, save_titles

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Save = Callable[..., list[int]]


def sums_of_the_hour(engine: Engine) -> tuple[int, int]:
    with reading(engine) as connection:
        row = connection.execute(select(rollups).where(rollups.c.span == 1, rollups.c.coin == "")).one()
    return row.headlines, row.positive


def test_prediction_has_class_entropy_and_time(database: Engine, make_title: Callable[..., NewsTitle]) -> None:
    title = make_title("Bitcoin rises", NOW)
    score = Prediction(title.title_id, tuple(np.array([0.2, 0.2, 0.6], dtype=np.float32)), True)
    with writing(database) as connection:
        save_titles(connection, [title])
        assert save_predictions(connection, "v", [score], NOW + MINUTE) == 1
        row = connection.execute(select(model_predictions)).one()
    assert (row.title_id, row.model_version, row.predicted_class) == (title.title_id, "v", Label.POSITIVE)
    assert (row.negative, row.neutral, row.positive) == pytest.approx((0.2, 0.2, 0.6), abs=1e-7)
    assert (row.pub_time, row.scored_at, row.is_annotating) == (NOW, NOW + MINUTE, True)
    assert row.entropy == pytest.approx(-(0.4 * log(0.2) + 0.6 * log(0.6)), abs=1e-6)


@pytest.mark.parametrize(("probabilities", "nats"), [((1, 0, 0), 0), ((0.5, 0.5, 0), log(2)), ((1 / 3,) * 3, log(3))])
def test_entropy_is_in_nats(probabilities: tuple[float, ...], nats: float) -> None:
    assert entropy(probabilities) == pytest.approx(nats)


def test_saving_repeats_safely_and_replaces_scores(database: Engine, save_scored: Save) -> None:
    ids = save_scored(database, "v", [(NOW, 0.5, ()), (NOW, 0.25, ())])
    with writing(database) as connection:
        mark_annotating(connection, "v", ids[:1])
    for _ in range(2):
        with writing(database) as connection:
            assert save_predictions(connection, "v", [Prediction(ids[0], (0.0, 0.0, 1.0))], NOW) == 0
        assert sums_of_the_hour(database) == (2, 1_250_000)
    with reading(database) as connection:
        rows = connection.execute(select(model_predictions).where(model_predictions.c.title_id == ids[0])).all()
    assert [(row.positive, row.is_annotating) for row in rows] == [(1.0, True)]


def test_versions_are_kept_apart(database: Engine, save_scored: Save) -> None:
    ids = save_scored(database, "old", [(NOW, 0.5, ())])
    with writing(database) as connection:
        assert save_predictions(connection, "new", [Prediction(ids[0], (0.0, 0.0, 1.0))], NOW) == 1
        assert [title.probabilities[2] for title in newest_titles(connection, "old", 5)] == [0.5]
        assert forget_version(connection, "new") == 1
        assert newest_titles(connection, "new", 5) == []
        assert newest_pub_time(connection, "new") is None
        assert newest_pub_time(connection, "old") == NOW
    assert sums_of_the_hour(database) == (1, 500_000)


def test_titles_deleted_meanwhile_are_skipped(database: Engine) -> None:
    with writing(database) as connection:
        assert save_predictions(connection, "v", [Prediction(7, (0.0, 0.0, 1.0))], NOW) == 0
        assert connection.execute(select(rollups)).all() == []


@pytest.mark.parametrize("bad", [(0.5, 0.5), (0.5, 0.5, 0.5), (float("nan"), 0.5, 0.5), (-0.5, 1.0, 0.5)])
def test_what_is_no_probability_is_refused(database: Engine, save_scored: Save, bad: tuple[float, ...]) -> None:
    ids = save_scored(database, "v", [(NOW, 0.5, ())])
    with writing(database) as connection, pytest.raises(ValueError, match=f"title {ids[0]}: .* probabilities that sum"):
        save_predictions(connection, "v", [Prediction(ids[0], bad)], NOW)


def test_saving_dequeues_for_its_version_only(
    database: Engine, make_title: Callable[..., NewsTitle], count_queued: Callable[..., Any]
) -> None:
    titles = [make_title(f"Headline {i}", NOW) for i in range(3)]
    with writing(database) as connection:
        save_titles(connection, titles)
        assert enqueue_unscored(connection, "a") == enqueue_unscored(connection, "b") == 3
        save_predictions(connection, "a", [Prediction(title.title_id, (0.0, 1.0, 0.0)) for title in titles[:2]], NOW)
        assert (count_queued(connection, "a"), count_queued(connection, "b")) == (1, 3)


def test_concurrent_scorers_keep_sums_right(store_url: str, save_scored: Save) -> None:
    engine = open_engine(store_url)
    ids = save_scored(engine, "other", [(NOW, 0.5, {"BTC", "ETH"}) for _ in range(60)])
    barrier = threading.Barrier(4)
    new: list[int] = []

    def score(seed: int) -> None:
        rng = np.random.default_rng(seed)
        mine = open_engine(store_url)
        barrier.wait()
        for _ in range(6):
            chosen = rng.permutation(ids)[:40]
            scores = [
                Prediction(int(i), tuple(row)) for i, row in zip(chosen, rng.dirichlet(np.ones(3), 40), strict=True)
            ]
            with writing(mine) as connection:
                new.append(save_predictions(connection, "v", scores, NOW))
        mine.dispose()

    threads = [threading.Thread(target=score, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(new) == 24, "a scorer failed"
    with writing(engine) as connection:
        rows = connection.execute(select(model_predictions.c.title_id).where(model_predictions.c.model_version == "v"))
        found = rows.scalars().all()
        assert len(found) == len(set(found)) == sum(new)
        assert rebuild_rollups(connection, "v") == 0
    engine.dispose()


def test_not_news_is_excluded_from_sums(database: Engine, save_scored: Save) -> None:
    ids = save_scored(database, "v", [(NOW, 0.5, {"BTC"}), (NOW - MINUTE, 0.25, ())])
    uncounted = Prediction(ids[0], (0.2, 0.3, 0.5), news=0.1, counted=False)
    with writing(database) as connection:
        assert save_predictions(connection, "v", [uncounted], NOW) == 0
        assert save_predictions(connection, "v", [uncounted], NOW) == 0
        assert [title.title_id for title in newest_titles(connection, "v", 5)] == ids[1:]
        assert [title.title_id for title in unmarked_titles(connection, "v", NOW - 60 * MINUTE)] == ids[1:]
        assert newest_pub_time(connection, "v") == NOW - MINUTE
        assert enqueue_unscored(connection, "v") == 0
        assert rebuild_rollups(connection, "v") == 0
    assert sums_of_the_hour(database) == (1, 250_000)
    with writing(database) as connection:
        save_predictions(connection, "v", [Prediction(ids[0], (0.2, 0.3, 0.5), news=0.9, value=-0.125)], NOW)
        assert [(title.news, title.counted) for title in newest_titles(connection, "v", 1)] == [(0.9, True)]
    assert sums_of_the_hour(database) == (2, 125_000)
    with writing(database) as connection:
        save_predictions(connection, "v", [uncounted], NOW)
        assert delete_titles(connection, ids) == 2
        assert rebuild_rollups(connection, "v") == 0
    assert sums_of_the_hour(database) == (0, 0)


def test_uncounted_scores_are_new_too(database: Engine, make_title: Callable[..., NewsTitle]) -> None:
    title = make_title("Price prediction", NOW)
    with writing(database) as connection:
        save_titles(connection, [title])
        uncounted = Prediction(title.title_id, (0.2, 0.3, 0.5), news=0.1, counted=False)
        assert save_predictions(connection, "v", [uncounted], NOW) == 1
        assert connection.execute(select(rollups)).all() == []


@pytest.mark.parametrize("bad", [{"news": 1.5}, {"news": float("nan")}, {"value": float("inf")}])
def test_invalid_news_and_values_are_refused(database: Engine, save_scored: Save, bad: dict[str, float]) -> None:
    ids = save_scored(database, "v", [(NOW, 0.5, ())])
    with writing(database) as connection, pytest.raises(ValueError, match=f"title {ids[0]}: .* is"):
        save_predictions(connection, "v", [Prediction(ids[0], (0.0, 0.0, 1.0), **bad)], NOW)


def test_titles_are_newest_first_by_class(database: Engine, save_scored: Save) -> None:
    save_scored(database, "v", [(NOW - i * MINUTE, 0.9 if i % 2 else 0.1, ()) for i in range(6)])
    with reading(database) as connection:
        every = newest_titles(connection, "v", 4)
        positive = newest_titles(connection, "v", 2, Label.POSITIVE)
        assert newest_titles(connection, "v", 2, Label.NEUTRAL) == []
    assert [title.pub_time for title in every] == [NOW - i * MINUTE for i in range(4)]
    assert [title.pub_time for title in positive] == [NOW - MINUTE, NOW - 3 * MINUTE]
    assert {title.predicted for title in positive} == {Label.POSITIVE}
    assert positive[0].probabilities == pytest.approx((1 / 15, 1 / 30, 0.9))
    assert (positive[0].source, positive[0].url) == ("example", "https://example.org/a")
