"""Pool-based simulation: ask for labels in batches, learn from scratch, measure on held-out headlines, repeat."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from zlib import crc32

import joblib
import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from barometer.labels import N_CLASSES
from barometer.models.metrics import Labels, accuracy, macro_f1
from barometer.query.diversity import Floats, Indices
from barometer.query.selection import find, select
from pipelines.studies.active_learning.methods.beliefs import Beliefs, Learner

_INITIAL, _MODEL, _QUERIES = range(3)  # streams of random numbers that must not depend on each other


@dataclass(frozen=True)
class Oracle:
    """The true classes: of the pool's N headlines, revealed on request, and of the M headlines of the test part."""

    pool: Labels
    test: Labels


@dataclass(frozen=True)
class Design:
    """The frame of a simulation.

    Attributes:
        initial: labels known before the first query.
        labels: where a run ends; the last batch is smaller where the batch size does not divide the range.
        seeds: paired replicates; all strategies of a replicate share the initial set and the seeds of the models.
        passes: Monte-Carlo draws.
        seed: of the whole study.
    """

    initial: int
    labels: int
    seeds: int
    passes: int
    seed: int

    def checkpoints(self, query_size: int) -> Indices:
        """Numbers of labels at which a run is measured."""
        return np.append(np.arange(self.initial, self.labels, query_size), self.labels).astype(np.intp)

    def start(self, pool: int, replicate: int) -> Indices:
        """The initial set of a replicate: distinct positions in the pool."""
        return self.rng(_INITIAL, replicate).choice(pool, self.initial, replace=False).astype(np.intp)

    def rng(self, *key: int) -> np.random.Generator:
        """A generator of its own for each key."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def model_seed(self, replicate: int, labels: int) -> int:
        """The seed of the model that learns from this number of labels, the same for every strategy."""
        return int(self.rng(_MODEL, replicate, labels).integers(2**31))


@dataclass(frozen=True)
class Runs:
    """Learning curves of one strategy and batch size: S replicates, T checkpoints.

    Attributes:
        labels: shape (T,).
        accuracy, macro_f1: on the test headlines, shape (S, T).
        queried: classes of the queried headlines, without the initial set, shape (S, 3), class order.
        seconds: from the model's probabilities to a batch, Monte-Carlo draws included, shape (S, T - 1).
    """

    labels: Indices
    accuracy: Floats
    macro_f1: Floats
    queried: NDArray[np.int64]
    seconds: Floats


def simulate(
    learner: Learner,
    oracle: Oracle,
    strategies: Sequence[str],
    query_sizes: Sequence[int],
    design: Design,
    *,
    jobs: int = 1,
    title: str = "runs",
) -> dict[tuple[int, str], Runs]:
    """Run every strategy with every batch size and replicate; keys are (query size, strategy).

    Work is spread over `jobs` processes of one thread each; the numbers do not depend on how many there are.
    """
    keys = [(size, replicate) for size in query_sizes for replicate in range(design.seeds)]
    task = joblib.delayed(partial(_replicate, learner, oracle, strategies, design))
    parallel = joblib.Parallel(jobs, return_as="generator", max_nbytes=None)
    done = parallel(task(size, replicate) for size, replicate in keys)
    found = dict(zip(keys, tqdm(done, desc=title, unit="run", total=len(keys)), strict=True))
    runs = {}
    for size in query_sizes:
        for strategy in strategies:
            parts = zip(*[found[size, replicate][strategy] for replicate in range(design.seeds)], strict=True)
            runs[size, strategy] = Runs(design.checkpoints(size), *(np.stack(part) for part in parts))
    return runs


def full_pool_accuracy(learner: Learner, oracle: Oracle, design: Design, fits: int) -> float:
    """Mean accuracy of `fits` models that know every label of the pool: what a learning curve rises to."""
    everything, scores = np.arange(len(oracle.pool), dtype=np.intp), []
    with one_thread():
        for replicate in range(fits):
            beliefs = learner.fit(everything, oracle.pool, design.model_seed(replicate, len(everything)))
            scores.append(accuracy(oracle.test, beliefs.test))
    return float(np.mean(scores))


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch and the linear algebra to one thread: sums of other lengths would round differently."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


_Run = tuple[Floats, Floats, NDArray[np.int64], Floats]  # the arrays of Runs but the first, of one replicate


def _replicate(
    learner: Learner, oracle: Oracle, strategies: Sequence[str], design: Design, query_size: int, replicate: int
) -> dict[str, _Run]:
    def fit(known: Indices) -> Beliefs:
        return learner.fit(known, oracle.pool[known], design.model_seed(replicate, len(known)))

    def run(strategy: str) -> _Run:
        rng = design.rng(_QUERIES, replicate, query_size, crc32(strategy.encode()))
        known, beliefs, scores, seconds = start, first, [first.test], []
        for labels in design.checkpoints(query_size)[1:]:
            began = time.perf_counter()
            known = np.append(known, ask(beliefs, known, strategy, labels - len(known), design.passes, rng))
            seconds.append(time.perf_counter() - began)
            beliefs = fit(known)
            scores.append(beliefs.test)
        figures = [np.array([figure(oracle.test, found) for found in scores]) for figure in (accuracy, macro_f1)]
        queried = np.bincount(oracle.pool[known[len(start) :]], minlength=N_CLASSES)
        return figures[0], figures[1], queried, np.array(seconds)

    with one_thread():
        start = design.start(len(oracle.pool), replicate)
        first = fit(start)
        return {strategy: run(strategy) for strategy in strategies}


def ask(beliefs: Beliefs, known: Indices, strategy: str, k: int, passes: int, rng: np.random.Generator) -> Indices:
    """Choose k positions of the pool that are not `known`.

    Raises:
        ValueError: if the model gives less than the strategy needs.
    """
    unknown = np.setdiff1d(np.arange(len(beliefs.pool)), known)
    given: Mapping[str, Floats] = {}
    needs = find(strategy).needs
    if beliefs.last is not None and needs == "samples":
        given = {"samples": beliefs.last.samples(unknown, passes, rng)}
    if beliefs.last is not None and needs == "vectors":
        given = {"vectors": beliefs.last.vectors[unknown], "labelled": beliefs.last.vectors[known]}
    return np.asarray(unknown[select(strategy, beliefs.pool[unknown], k, rng, **given)], dtype=np.intp)
