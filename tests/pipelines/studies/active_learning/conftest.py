"""Results of made-up curves, for the tests of the report and the figures."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from barometer.query.strategies import STRATEGIES
from pipelines.studies.active_learning.analysis import LearnerResult, Result
from pipelines.studies.active_learning.methods.curves import against_chosen, summarise
from pipelines.studies.active_learning.methods.simulation import Runs

Rises = Mapping[str, float]
MakeResult = Callable[..., Result]


@cache
def learner(title: str, sizes: tuple[int, ...], rises: tuple[tuple[str, float], ...]) -> LearnerResult:
    rng, runs = np.random.default_rng(0), {}
    for size in sizes:
        for strategy, rise in rises:
            accuracy = 0.5 + rise * np.arange(3) + 0.004 * rng.normal(size=(8, 3))
            queried = np.tile([60, 20, 20], (8, 1))
            runs[size, strategy] = Runs(np.array([50, 100, 150]), accuracy, accuracy, queried, np.full((8, 2), 0.0123))
    curves = summarise(runs, 0.72, 0.95 * 0.72, np.random.default_rng(1), samples=100, confidence=0.95)
    return LearnerResult(title, 0.72, 0.95 * 0.72, curves, [])


@pytest.fixture(scope="session")
def make_result() -> MakeResult:
    """A result from the rises of accuracy for each batch, by learner and strategy.

    Every strategy has eight curves that start at 0.5, with a little noise; `head` is the main learner.
    """

    def make(
        learners: Mapping[str, Rises], chosen: str = "margin", sizes: tuple[int, ...] = (50,), **changes: Any
    ) -> Result:
        found = {name: learner(f"little {name}", sizes, tuple(rises.items())) for name, rises in learners.items()}
        curves = found["head"].by_size[50]
        usable = [c.strategy for c in curves if STRATEGIES[c.strategy].needs == "probabilities"]
        rivals = against_chosen(curves, chosen, [name for name in usable if name != chosen], 0.95)
        values: dict[str, Any] = {
            "main_learner": "head",
            "main_query_size": 50,
            "pool_shares": [0.5, 0.25, 0.25],
            "pool": 1000,
            "tested": 30,
            "initial": 50,
            "labels": 150,
            "seeds": 8,
            "target_share": 0.95,
            "confidence": 0.95,
        }
        return Result(found, chosen, rivals, **(values | changes))

    return make
