from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

from barometer.labels import Label
from barometer.live.annotation.labels import save_annotations
from barometer.live.annotation.sampling import Draw, mark_annotating, sample_titles, unmarked_titles
from barometer.live.records import Annotation, Prediction
from barometer.live.store.annotation import count_open, read_samples
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.predictions import save_predictions
from barometer.query.selection import select

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Save = Callable[[Engine, str, Sequence[tuple[datetime, float, Iterable[str]]]], list[int]]


def first(probabilities: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    return np.arange(k)


def test_strategy_chooses_among_all_candidates(database: Engine, save_scored: Save) -> None:
    certain, unsure, torn = save_scored(database, "v", [(NOW, 0.98, ()), (NOW, 0.6, ()), (NOW, 0.45, ())])

    def choose(probabilities: NDArray[np.float64], k: int) -> NDArray[np.intp]:
        assert probabilities.shape == (3, 3) and np.allclose(probabilities.sum(axis=1), 1)
        return select("margin", probabilities, k, np.random.default_rng(0))

    assert set(sample_titles(database, "v", choose, 2, NOW)) == {unsure, torn}
    assert sample_titles(database, "v", first, 2, NOW) == [certain]
    assert sample_titles(database, "v", first, 2, NOW) == []


def test_old_labelled_marked_titles_are_excluded(database: Engine, save_scored: Save) -> None:
    rows = [(NOW - timedelta(days=9), 0.5, ()), (NOW, 0.5, ()), (NOW, 0.5, ()), (NOW, 0.5, ())]
    _, labelled, sent, free = save_scored(database, "v1", rows)
    with writing(database) as connection:
        save_annotations(connection, [Annotation(labelled, "ann", Label.NEUTRAL, NOW)])
        save_predictions(connection, "v0", [Prediction(sent, (0.2, 0.3, 0.5), is_annotating=True)], NOW)
    assert sample_titles(database, "v1", first, 9, NOW) == [free]


def test_two_samplers_never_choose_the_same(database: Engine, store_url: str, save_scored: Save) -> None:
    ids = save_scored(database, "v1", [(NOW, 0.5, ())] * 40)
    with writing(database) as connection:
        save_predictions(connection, "v2", [Prediction(i, (0.3, 0.3, 0.4)) for i in ids], NOW)

    def sample(version: str) -> list[int]:
        engine = open_engine(store_url)
        try:
            return [i for _ in range(4) for i in sample_titles(engine, version, first, 5, NOW)]
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        chosen = [i for sampled in pool.map(sample, ["v1", "v2", "v1", "v2"]) for i in sampled]
    assert sorted(chosen) == sorted(ids)


def test_random_share_and_backlog_bound(database: Engine, save_scored: Save) -> None:
    ids = save_scored(database, "v", [(NOW, 0.3 + n / 200, ()) for n in range(60)])
    draw = Draw(5, np.random.default_rng(3), 25)
    first_batch = sample_titles(database, "v", first, 20, NOW, draw)
    with reading(database) as connection:
        known = read_samples(connection, ids)
        assert (len(first_batch), count_open(connection)) == (20, 20)
    assert Counter(known.values()) == Counter(random=5, uncertain=15)
    assert set(first_batch) == set(known)
    assert len(sample_titles(database, "v", first, 20, NOW, replace(draw, rng=np.random.default_rng(4)))) <= 5
    with reading(database) as connection:
        assert count_open(connection) <= 25
        known = read_samples(connection, ids)
    sample_titles(database, "v", first, 20, NOW, replace(draw, most_open=0))
    with reading(database) as connection:
        assert read_samples(connection, ids) == known


def test_random_draw_reaches_uncertain_ones(database: Engine, save_scored: Save) -> None:
    ids = save_scored(database, "v", [(NOW, 0.5, ())] * 4)
    sample_titles(database, "v", first, 3, NOW)
    new = sample_titles(database, "v", first, 4, NOW, Draw(4, np.random.default_rng(1)))
    with reading(database) as connection:
        assert read_samples(connection, ids) == dict.fromkeys(ids, "random")
    assert len(new) == 1


@pytest.mark.parametrize("positions", [[0, 0], [0], [0, 2], [-1, 0]])
def test_invalid_choices_mark_nothing(sqlite_url: str, save_scored: Save, positions: list[int]) -> None:
    engine = open_engine(sqlite_url)
    ids = save_scored(engine, "v", [(NOW, 0.5, ()), (NOW, 0.5, ())])
    with pytest.raises(ValueError, match="expected 2 distinct positions below 2"):
        sample_titles(engine, "v", lambda probabilities, k: np.array(positions), 2, NOW)
    assert sorted(sample_titles(engine, "v", first, 2, NOW)) == sorted(ids)
    engine.dispose()


def test_marked_titles_are_not_offered_again(database: Engine, save_scored: Save) -> None:
    ids = save_scored(database, "v", [(NOW, p, ()) for p in (0.9, 0.4, 0.6)] + [(NOW - 60 * MINUTE, 0.34, ())])
    with writing(database) as connection:
        offered = unmarked_titles(connection, "v", NOW)
        assert [title.title_id for title in offered] == [ids[1], ids[2], ids[0]]
        assert [title.entropy for title in offered] == sorted((title.entropy for title in offered), reverse=True)
        assert mark_annotating(connection, "v", [ids[1], ids[0]]) == 2
        assert mark_annotating(connection, "v", [ids[1]]) == 0
        assert [title.title_id for title in unmarked_titles(connection, "v", NOW)] == [ids[2]]
