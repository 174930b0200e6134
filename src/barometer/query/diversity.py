"""Strategies that choose a batch as a whole, so that its members differ from each other; numpy only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.intp]


def k_center(vectors: Floats, labelled: Floats, probabilities: Floats, k: int, rng: np.random.Generator) -> Indices:
    """Choose k of N candidates, each time the one farthest from everything labelled or chosen so far.

    Greedy 2-approximation of the k-center problem, Euclidean distance (Sener and Savarese 2018, algorithm 1).
    Candidates have shape (N, D), what is labelled (M, D); with nothing labelled the first choice is random, as are
    ties. The probabilities, shape (N, C), play no part.
    """
    lengths = (vectors**2).sum(axis=1)
    nearest = _to_nearest(vectors, lengths, labelled) if len(labelled) else np.full(len(vectors), np.inf)
    chosen = np.empty(k, dtype=np.intp)
    for step in range(k):
        chosen[step] = rng.choice(np.flatnonzero(nearest == nearest.max()))
        nearest = np.minimum(nearest, _squared_distances(vectors, lengths, vectors[chosen[step]]))
        nearest[chosen[: step + 1]] = -1  # below every distance, so that nothing is chosen twice
    return chosen


def badge(vectors: Floats, labelled: Floats, probabilities: Floats, k: int, rng: np.random.Generator) -> Indices:
    """Choose k of N candidates by k-means++ seeding of their gradient embeddings (Ash et al. 2020, algorithm 1).

    Takes what `k_center` takes; what is labelled plays no part.
    """
    return k_means_plus_plus(gradient_embeddings(vectors, probabilities), k, rng)


def gradient_embeddings(vectors: Floats, probabilities: Floats) -> Floats:
    """Gradient of the loss by the last layer's weights, if the predicted class were true; shape (N, C * D).

    With cross-entropy it is (p - onehot(arg max p)) times the vector that enters that layer (Ash et al. 2020,
    equation 1): long where the model is unsure, and pointing where a label would move it.
    """
    errors = np.array(probabilities)
    errors[np.arange(len(errors)), errors.argmax(axis=1)] -= 1
    return (errors[:, :, None] * vectors[:, None, :]).reshape(len(vectors), -1)


def k_means_plus_plus(points: Floats, k: int, rng: np.random.Generator) -> Indices:
    """Choose k of N points, shape (N, D): the longest first, then each with probability as its squared distance.

    The distance is to the nearest point chosen so far (Arthur and Vassilvitskii 2007); to begin with the longest
    follows the published code of BADGE. Where only copies of chosen points are left, the rest is drawn uniformly.
    """
    lengths = (points**2).sum(axis=1)
    chosen = np.empty(k, dtype=np.intp)
    nearest = np.full(len(points), np.inf)
    for step in range(k):
        first = step == 0
        chosen[step] = _longest(lengths, rng) if first else _draw(nearest, chosen[:step], rng)
        nearest = np.minimum(nearest, _squared_distances(points, lengths, points[chosen[step]]))
    return chosen


def _longest(lengths: Floats, rng: np.random.Generator) -> np.intp:
    return np.intp(rng.choice(np.flatnonzero(lengths == lengths.max())))


def _draw(weights: Floats, chosen: Indices, rng: np.random.Generator) -> np.intp:
    weights = weights.astype(float)
    weights[chosen] = 0
    if not weights.sum() > 0:
        weights[:] = 1
        weights[chosen] = 0
    return np.intp(rng.choice(len(weights), p=weights / weights.sum()))


def _squared_distances(points: Floats, lengths: Floats, centre: Floats) -> Floats:
    return np.asarray(np.maximum(lengths - 2 * (points @ centre) + centre @ centre, 0))


def _to_nearest(vectors: Floats, lengths: Floats, labelled: Floats) -> Floats:
    without_own = (labelled**2).sum(axis=1) - 2 * (vectors @ labelled.T)
    return np.asarray(np.maximum(lengths + without_own.min(axis=1), 0))
