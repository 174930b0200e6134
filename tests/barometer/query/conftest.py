"""Probabilities, Monte-Carlo draws and representations of candidates, the same for every test."""

import numpy as np
import pytest
from numpy.typing import NDArray

N, T, D = 60, 8, 5


@pytest.fixture
def probabilities() -> NDArray[np.float64]:
    """Distributions over three classes of 60 candidates."""
    return np.random.default_rng(1).dirichlet((1, 1, 1), size=N)


@pytest.fixture
def samples() -> NDArray[np.float64]:
    """Eight draws of such distributions."""
    return np.random.default_rng(2).dirichlet((1, 1, 1), size=(T, N))


@pytest.fixture
def vectors() -> NDArray[np.float64]:
    """Representations of the candidates."""
    return np.random.default_rng(3).normal(size=(N, D))


@pytest.fixture
def labelled() -> NDArray[np.float64]:
    """Representations of four labelled headlines."""
    return np.random.default_rng(4).normal(size=(4, D))
