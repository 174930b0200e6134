import numpy as np
import pytest

from pipelines.studies.active_learning.loop import Runs
from pipelines.studies.active_learning.summary import Found, against_chosen, summarise

LABELS = np.array([10, 20, 30])


def runs_of(rise: float, seed: int = 0) -> Runs:
    """Ten curves from 0.5 that rise by `rise` a checkpoint, with a little noise that is not shared."""
    noise = 0.005 * np.random.default_rng(seed).normal(size=(10, 3))
    accuracy = 0.5 + rise * np.arange(3) + noise
    queried = np.tile([10, 6, 4], (10, 1))
    return Runs(LABELS, accuracy, accuracy - 0.1, queried, np.full((10, 2), 0.003))


@pytest.fixture
def runs() -> dict[tuple[int, str], Runs]:
    return {
        (10, "random"): runs_of(0.05),
        (10, "margin"): runs_of(0.1, 1),
        (10, "entropy"): runs_of(0.02, 2),
        (10, "bald"): runs_of(0.05, 3),
    }


def test_figures_of_every_strategy(runs: dict[tuple[int, str], Runs]) -> None:
    rng = np.random.default_rng(0)
    rows = summarise(runs, 0.8, 0.65, rng, samples=200, confidence=0.95)
    random, margin, entropy, bald = rows
    assert [row.strategy for row in rows] == ["random", "margin", "entropy", "bald"]
    assert random.area.value == pytest.approx(0.55, abs=0.01)
    assert random.against_random is None
    assert random.deficiency.value == 1
    assert random.matched.value == pytest.approx(30)
    assert margin.against_random is not None
    assert entropy.against_random is not None
    assert bald.against_random is not None
    assert margin.against_random.difference.value == pytest.approx(0.05, abs=0.01)
    assert margin.against_random.adjusted < 0.001
    assert entropy.against_random.difference.value < 0
    assert entropy.against_random.adjusted < 0.001
    assert bald.against_random.adjusted > 0.05
    assert margin.deficiency.value == pytest.approx((0.3 + 0.2 + 0.1) / (0.3 + 0.25 + 0.2), abs=0.03)
    assert margin.needed.value == pytest.approx(25, abs=1)
    assert margin.matched.value == pytest.approx(20, abs=1)
    assert entropy.needed.value == np.inf
    assert margin.balance == pytest.approx((0.5, 0.3, 0.2))
    assert margin.milliseconds == pytest.approx(3)


def test_tests_of_all_batch_sizes_are_one_family(runs: dict[tuple[int, str], Runs]) -> None:
    rng = np.random.default_rng(0)
    one = summarise(runs, 0.8, 0.65, rng, samples=100, confidence=0.95)[3].against_random
    more = runs | {(20, strategy): run for (_, strategy), run in runs.items()}
    both = summarise(more, 0.8, 0.65, rng, samples=100, confidence=0.95)[3].against_random
    assert one is not None
    assert both is not None
    assert both.p_value == one.p_value
    assert both.adjusted == pytest.approx(min(1, 2 * one.adjusted))


def test_rivals_are_compared_with_the_chosen(runs: dict[tuple[int, str], Runs]) -> None:
    found = against_chosen(runs, "bald", ["margin", "entropy"], 10, 0.95)
    assert found["margin"].difference.value > 0 > found["entropy"].difference.value
    assert max(test.adjusted for test in found.values()) < 0.01
    assert against_chosen(runs, "bald", [], 10, 0.95) == {}


def test_rows_of_one_batch_size(runs: dict[tuple[int, str], Runs]) -> None:
    more = runs | {(20, "random"): runs_of(0.05)}
    rows = summarise(more, 0.8, 0.65, np.random.default_rng(0), samples=100, confidence=0.95)
    found = Found("a learner", 0.8, 0.65, more, rows)
    assert len(found.at(10)) == 4
    assert [row.strategy for row in found.at(20)] == ["random"]
