"""What the simulation asks of a model, and what such a model believes once it is fitted."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from barometer.models.metrics import Labels
from barometer.query.diversity import Floats, Indices


@dataclass(frozen=True, slots=True)
class LastLayer:
    """The end of a network that was trained with dropout before a linear layer.

    Attributes:
        vectors: what enters that layer for each of N headlines of the pool, without dropout, shape (N, D).
        weight, bias: of the layer, shapes (D, C) and (C,).
        dropout: probability that an input was dropped in training.
    """

    vectors: Floats
    weight: Floats
    bias: Floats
    dropout: float

    def samples(self, positions: Indices, passes: int, rng: np.random.Generator) -> Floats:
        """Probabilities under `passes` drawn dropout masks, shape (T, n, C) (Gal and Ghahramani 2016).

        A mask is drawn once and holds for all headlines: a draw is one network, and the same for every candidate.
        """
        width, classes = self.weight.shape
        kept = rng.random((passes, width)) >= self.dropout
        masked = self.weight * (kept / (1 - self.dropout))[:, :, None]
        networks = masked.transpose(1, 0, 2).reshape(width, -1).astype(self.vectors.dtype)
        logits = (self.vectors[positions] @ networks).reshape(len(positions), passes, classes) + self.bias
        return softmax(logits).transpose(1, 0, 2)


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What a fitted model predicts.

    Attributes:
        pool, test: probabilities of shapes (N, 3) and (M, 3), class order.
        last: its last layer, where it can be sampled and gives vectors.
    """

    pool: Floats
    test: Floats
    last: LastLayer | None = None


class Learner(Protocol):
    """A model with a fixed pool and test set; it sees only the labels that it is given."""

    def fit(self, chosen: Indices, labels: Labels, seed: int) -> Beliefs:
        """Learn from scratch from the pool's headlines at `chosen`, shape (n,), and their labels, shape (n,)."""


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
