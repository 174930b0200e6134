"""From scores to the batch that annotators are asked to label: one function for the study and for production."""

import numpy as np

from barometer.query.diversity import Floats, Indices
from barometer.query.strategies import STRATEGIES, Strategy

_SUM_TOLERANCE = 1e-3  # of rows, which may be rounded or in single precision


def top(scores: Floats, k: int, rng: np.random.Generator) -> Indices:
    """Positions of the k highest of N scores, highest first; equal scores in random order."""
    order = rng.permutation(len(scores))
    best = np.argsort(-scores[order], kind="stable")[:k]
    return np.asarray(order[best], dtype=np.intp)


def select(
    strategy: str,
    probabilities: Floats,
    k: int,
    rng: np.random.Generator,
    *,
    samples: Floats | None = None,
    vectors: Floats | None = None,
    labelled: Floats | None = None,
) -> Indices:
    """Choose k of N candidates to label, shape (k,), distinct, in order of preference.

    Args:
        strategy: a name in STRATEGIES; those that need only `probabilities` serve production.
        probabilities: shape (N, C), rows sum to 1.
        k: from 0 to N.
        rng: breaks ties, and draws where the strategy is random.
        samples: Monte-Carlo draws, shape (T, N, C).
        vectors: representations of the candidates, shape (N, D).
        labelled: representations of the labelled headlines, shape (M, D); `k_center` keeps away from them.

    Raises:
        ValueError: if the strategy is unknown or lacks what it needs, if k is out of range, or if shapes or
            probabilities are wrong.
    """
    rule = find(strategy)
    _check(probabilities, k, samples, vectors)
    if rule.needs == "samples":
        probabilities = _given(samples, strategy, rule.needs)
    if rule.batch is not None:
        vectors = _given(vectors, strategy, rule.needs)
        return rule.batch(vectors, vectors[:0] if labelled is None else labelled, probabilities, k, rng)
    assert rule.score is not None
    return top(rule.score(probabilities), k, rng)


def find(strategy: str) -> Strategy:
    """Look a strategy up.

    Raises:
        ValueError: naming those that exist.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"unknown strategy {strategy!r}; expected one of {', '.join(STRATEGIES)}")
    return STRATEGIES[strategy]


def _given(array: Floats | None, strategy: str, needs: str) -> Floats:
    if array is None:
        raise ValueError(f"strategy {strategy!r} needs {needs}, and none were given")
    return array


def _check(probabilities: Floats, k: int, samples: Floats | None, vectors: Floats | None) -> None:
    if probabilities.ndim != 2 or not np.allclose(probabilities.sum(axis=1), 1, atol=_SUM_TOLERANCE):
        raise ValueError(f"expected probabilities of shape (N, C) with rows that sum to 1, got {probabilities.shape}")
    n = len(probabilities)
    if not 0 <= k <= n:
        raise ValueError(f"cannot choose {k} of {n} candidates")
    if samples is not None and (samples.ndim != 3 or samples.shape[1:] != probabilities.shape):
        raise ValueError(f"samples have shape {samples.shape}; expected (T, {n}, {probabilities.shape[1]})")
    if vectors is not None and (vectors.ndim != 2 or len(vectors) != n):
        raise ValueError(f"vectors have shape {vectors.shape}; expected ({n}, D)")
