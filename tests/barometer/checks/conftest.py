"""A small suite with a few held-out headlines, and models whose answers are known."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from barometer.checks.cases import Check, Predict, Probabilities
from barometer.checks.suite import ChecklistSettings, build_suite

SEED = 5


@pytest.fixture(scope="session")
def params() -> ChecklistSettings:
    return ChecklistSettings(
        cases=20,
        invariance_tolerance=0.1,
        direction_tolerance=0.05,
        worst_examples=1,
        bootstrap_samples=100,
        minimum_functionality=0.5,
    )


@pytest.fixture(scope="session")
def suite(headlines: list[tuple[str, int]], params: ChecklistSettings) -> list[Check]:
    return build_suite(headlines, params, SEED)


@pytest.fixture
def answers() -> Callable[[Callable[[str], int]], Predict]:
    """Make a model from a rule that names the class of a text."""

    def make(rule: Callable[[str], int]) -> Predict:
        def predict(texts: Sequence[str]) -> Probabilities:
            return 0.05 + 0.85 * np.eye(3)[[rule(text) for text in texts]]

        return predict

    return make
