"""Simulated annotators for the demo corpus: a seeded noise model in the manner of Dawid and Skene (1979).

Each annotator has a confusion matrix: the row of the intended label gives the chances of each vote. On headlines marked
as hard, each row is blended with the annotator's habit (the votes given when unsure). Votes are independent given the
label, the mark and the annotator; real annotators are not, which is one reason why agreement on this corpus says
nothing about people.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Votes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SimulatedAnnotator:
    """One annotator's noise.

    Attributes:
        confusion: chances of each vote (column) for each intended label (row), class order.
        habit: chances of each vote when unsure.
        doubt: how far a hard headline moves a row towards the habit, in [0, 1].
    """

    confusion: tuple[tuple[float, float, float], ...]
    habit: tuple[float, float, float]
    doubt: float

    def chances(self, hard: bool) -> NDArray[np.float64]:
        """Matrix of shape (3, 3): row intended label, column vote."""
        rows = np.array(self.confusion)
        return (1 - self.doubt) * rows + self.doubt * np.array(self.habit) if hard else rows


ANNOTATORS: dict[str, SimulatedAnnotator] = {
    # careful, seldom wrong, unsure towards neutral
    "annotator_1": SimulatedAnnotator(
        ((0.95, 0.04, 0.01), (0.04, 0.92, 0.04), (0.01, 0.04, 0.95)), (0.2, 0.6, 0.2), 0.35
    ),
    # hasty, calls much neutral
    "annotator_2": SimulatedAnnotator(
        ((0.84, 0.13, 0.03), (0.05, 0.89, 0.06), (0.02, 0.14, 0.84)), (0.15, 0.7, 0.15), 0.45
    ),
    # an optimist, reads neutral launches as good news
    "annotator_3": SimulatedAnnotator(
        ((0.88, 0.07, 0.05), (0.05, 0.78, 0.17), (0.01, 0.04, 0.95)), (0.15, 0.25, 0.6), 0.45
    ),
}


def simulate_votes(labels: Votes, hard: NDArray[np.bool_], rng: np.random.Generator) -> dict[str, Votes]:
    """Draw the vote of every annotator for N intended labels; arrays of shape (N,), class order."""
    return {name: _draw(annotator, labels, hard, rng) for name, annotator in ANNOTATORS.items()}


def _draw(annotator: SimulatedAnnotator, labels: Votes, hard: NDArray[np.bool_], rng: np.random.Generator) -> Votes:
    chances = np.stack([annotator.chances(hard=False), annotator.chances(hard=True)])[hard.astype(int), labels]
    votes: Votes = (rng.random((len(labels), 1)) > chances.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return votes
