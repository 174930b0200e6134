"""Global generators are seeded inside the context and untouched outside."""

import random

import numpy as np
import pytest
import torch

from barometer.seeding import seeded_globals


def test_global_generators_are_seeded_inside_alone() -> None:
    def draw() -> tuple[float, float, float]:
        return random.random(), float(np.random.random()), float(torch.rand(1))

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    undisturbed = draw()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    with seeded_globals(np.random.default_rng(5)):
        first = draw()
    assert draw() == undisturbed
    with seeded_globals(np.random.default_rng(5)):
        assert draw() == first
    with seeded_globals(np.random.default_rng(6)):
        assert draw() != first


def test_generators_are_restored_after_errors() -> None:
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    with pytest.raises(RuntimeError), seeded_globals(np.random.default_rng(0)):
        raise RuntimeError
    assert np.random.random() == expected
