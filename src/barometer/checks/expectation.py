"""What a test demands of the probabilities of a case: words, and a margin that tells how clearly it is met."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barometer.labels import Label

Probabilities = NDArray[np.floating[Any]]
NEARLY_CERTAIN = 0.8  # a score so far to one side has no room left to move there


@dataclass(frozen=True, slots=True)
class Demand:
    """An expectation.

    Attributes:
        words: what a model should do.
        margin: from the probabilities of a case's texts, shape (1 or 2, 3), class order, the original first: at least
            0 where the demand is met, the lower the worse where it is not.
    """

    words: str
    margin: Callable[[Probabilities], float]


def score(probabilities: Probabilities) -> float:
    """How good the news is: P(positive) - P(negative), in [-1, 1]."""
    return float(probabilities[Label.POSITIVE] - probabilities[Label.NEGATIVE])


def is_class(label: Label) -> Demand:
    """The text is predicted to be of a class; the margin is its lead over the best other class."""

    def margin(rows: Probabilities) -> float:
        return float(rows[-1, label] - np.delete(rows[-1], label).max())

    return Demand(label.title, margin)


def is_not(label: Label) -> Demand:
    """The text is not predicted to be of a class; the margin is the lead of the best other class."""

    def margin(rows: Probabilities) -> float:
        return float(np.delete(rows[-1], label).max() - rows[-1, label])

    return Demand(f"not {label.title}", margin)


def same_class(tolerance: float) -> Demand:
    """The change leaves the predicted class, or moves its probability by at most `tolerance`.

    This is the invariance of the checklist library (`Expect.inv`).
    """

    def margin(rows: Probabilities) -> float:
        before = rows[0].argmax()
        moved = float(abs(rows[-1, before] - rows[0, before]))
        return 1.0 if rows[-1].argmax() == before or moved <= tolerance else -moved

    return Demand("same class", margin)


def moves(direction: int, tolerance: float) -> Demand:
    """The change moves the score in a direction (1 up, -1 down) by at least `tolerance`.

    Where the original lies beyond NEARLY_CERTAIN on that side already, not moving back by more than `tolerance` will
    do.
    """

    def margin(rows: Probabilities) -> float:
        moved = direction * (score(rows[-1]) - score(rows[0]))
        return moved + tolerance if direction * score(rows[0]) >= NEARLY_CERTAIN else moved - tolerance

    return Demand("score rises" if direction > 0 else "score falls", margin)


def never_weakens(direction: int, tolerance: float) -> Demand:
    """The change does not move the score against a direction (1 up, -1 down) by more than `tolerance`."""

    def margin(rows: Probabilities) -> float:
        return direction * (score(rows[-1]) - score(rows[0])) + tolerance

    return Demand("score does not fall" if direction > 0 else "score does not rise", margin)
