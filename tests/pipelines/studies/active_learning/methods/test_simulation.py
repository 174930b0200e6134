from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.studies.active_learning.methods.beliefs import Beliefs
from pipelines.studies.active_learning.methods.curves import normalised_area
from pipelines.studies.active_learning.methods.learners import HeadLearner, HeadSettings
from pipelines.studies.active_learning.methods.simulation import (
    Design,
    Oracle,
    ask,
    full_pool_accuracy,
    one_thread,
    simulate,
)

SETTINGS = HeadSettings(hidden=8, dropout=0.5, steps=10, lr=0.02, weight_decay=0.0)
DESIGN = Design(initial=10, labels=45, seeds=3, passes=4, seed=17)
N = 120


class Watched:
    """A learner whose predictions never change, which records what it was given."""

    def __init__(self) -> None:
        self.fits: list[tuple[tuple[int, ...], tuple[int, ...], int]] = []

    def fit(self, chosen: NDArray[np.intp], labels: NDArray[np.integer], seed: int) -> Beliefs:
        self.fits.append((tuple(chosen.tolist()), tuple(labels.tolist()), seed))
        return Beliefs(np.full((N, 3), 1 / 3), np.tile([0.5, 0.3, 0.2], (30, 1)))


@pytest.fixture
def oracle() -> Oracle:
    return Oracle(np.random.default_rng(0).integers(0, 3, N), np.arange(30) % 3)


@pytest.fixture
def head() -> HeadLearner:
    rng = np.random.default_rng(1)
    return HeadLearner(rng.normal(size=(N, 6)), rng.normal(size=(30, 6)), SETTINGS)


def test_checkpoints_end_at_the_budget() -> None:
    assert DESIGN.checkpoints(10).tolist() == [10, 20, 30, 40, 45]
    assert DESIGN.checkpoints(35).tolist() == [10, 45]
    assert Design(50, 500, 2, 2, 0).checkpoints(50).tolist() == list(range(50, 501, 50))


def test_true_labels_grow_by_batches(oracle: Oracle) -> None:
    watched = Watched()
    runs = simulate(watched, oracle, ["margin"], [10], Design(10, 45, 1, 4, 17))
    known = [set(chosen) for chosen, _, _ in watched.fits]
    assert [len(k) for k in known] == [10, 20, 30, 40, 45]
    assert all(earlier < later for earlier, later in pairwise(known))
    for chosen, labels, _ in watched.fits:
        assert labels == tuple(oracle.pool[list(chosen)])
    run = runs[10, "margin"]
    asked = sorted(known[-1] - known[0])
    assert run.queried.tolist() == [np.bincount(oracle.pool[asked], minlength=3).tolist()]
    assert run.accuracy.tolist() == [[1 / 3] * 5]
    assert run.seconds.shape == (1, 4)


def test_strategies_share_starts_and_seeds(oracle: Oracle) -> None:
    watched = Watched()
    simulate(watched, oracle, ["random", "entropy"], [10, 35], DESIGN)
    starts = {(chosen, seed) for chosen, _, seed in watched.fits if len(chosen) == 10}
    assert len(starts) == DESIGN.seeds
    ends = {seed for chosen, _, seed in watched.fits if len(chosen) == 45}
    assert len(ends) == DESIGN.seeds
    assert not ends & {seed for _, seed in starts}


def test_strategies_draw_from_own_streams(oracle: Oracle) -> None:
    # Where all predictions are alike all strategies draw at random, but not the same.
    watched = Watched()
    simulate(watched, oracle, ["margin", "entropy"], [10], Design(10, 20, 1, 4, 17))
    ends = [chosen for chosen, _, _ in watched.fits if len(chosen) == 20]
    assert len(set(ends)) == 2


def run_head(head: HeadLearner, oracle: Oracle, strategies: Sequence[str], jobs: int) -> dict[str, list[list[float]]]:
    runs = simulate(head, oracle, strategies, [20], DESIGN, jobs=jobs)
    return {strategy: run.accuracy.tolist() for (_, strategy), run in runs.items()}


def test_runs_do_not_affect_each_other(head: HeadLearner, oracle: Oracle) -> None:
    alone = run_head(head, oracle, ["bald"], 1)
    together = run_head(head, oracle, ["random", "badge", "bald", "k_center"], 1)
    assert alone["bald"] == together["bald"]


@pytest.mark.slow
def test_processes_do_not_change_numbers(head: HeadLearner, oracle: Oracle) -> None:
    strategies = ["random", "margin", "bald", "badge"]
    assert run_head(head, oracle, strategies, 1) == run_head(head, oracle, strategies, 2)


def test_missing_samples_are_named(oracle: Oracle) -> None:
    beliefs = Watched().fit(np.arange(3), oracle.pool[:3], 0)
    with pytest.raises(ValueError, match="'bald' needs samples, and none were given"):
        ask(beliefs, np.arange(3), "bald", 2, 4, np.random.default_rng(0))


def test_known_labels_are_not_queried(oracle: Oracle) -> None:
    beliefs = Watched().fit(np.arange(3), oracle.pool[:3], 0)
    known = np.arange(N - 5)
    asked = ask(beliefs, known, "random", 5, 4, np.random.default_rng(0))
    assert sorted(asked.tolist()) == list(range(N - 5, N))


def test_each_fit_learns_whole_pool(oracle: Oracle) -> None:
    watched = Watched()
    assert full_pool_accuracy(watched, oracle, DESIGN, 2) == pytest.approx(1 / 3)
    assert [len(chosen) for chosen, _, _ in watched.fits] == [N, N]
    assert watched.fits[0][2] != watched.fits[1][2]


def test_threads_are_restored() -> None:
    import torch

    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_margin_beats_random_on_threshold() -> None:
    """One threshold on a line, and almost all of the pool far from it: margin finds it, random sampling does not."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-1, 1, 380), rng.uniform(-0.1, 0.3, 20)])
    test = np.linspace(-0.1, 0.3, 200)

    class Threshold:
        """Believes in the middle between the highest known 0 and the lowest known 2."""

        def fit(self, chosen: NDArray[np.intp], labels: NDArray[np.integer], seed: int) -> Beliefs:
            low = x[chosen][labels == 0].max(initial=-1)
            middle = (low + x[chosen][labels == 2].min(initial=1)) / 2
            return Beliefs(self.believe(x - middle), self.believe(test - middle))

        def believe(self, signed: NDArray[np.float64]) -> NDArray[np.float64]:
            positive = 1 / (1 + np.exp(-20 * signed))
            return np.stack([1 - positive, np.zeros_like(signed), positive], axis=1)

    oracle = Oracle(np.where(x > 0.1, 2, 0), np.where(test > 0.1, 2, 0))
    runs = simulate(Threshold(), oracle, ["random", "margin"], [2], Design(4, 20, 8, 2, 3))
    areas = {s: normalised_area(r).mean() for (_, s), r in runs.items()}
    assert areas["margin"] > areas["random"] + 0.05
