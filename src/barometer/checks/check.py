"""What a behavioural test is: its cases, and what it demands of a model on each of them."""

from dataclasses import dataclass
from typing import Literal

from barometer.checks.expectation import Demand

Kind = Literal["MFT", "INV", "DIR"]
Capability = Literal["Vocabulary", "Negation", "Numbers", "Contrast", "Temporal", "Entities", "Robustness", "Direction"]
HEADLINE = "headline"


@dataclass(frozen=True, slots=True)
class Case:
    """One text that is judged, alone or against the text that it was made from.

    Attributes:
        text: what is judged.
        original: what it is compared with; empty for a minimum functionality test.
        source: the phrasing (template) that it was made from, or HEADLINE for a held-out one.
    """

    text: str
    original: str = ""
    source: str = HEADLINE

    @property
    def texts(self) -> tuple[str, ...]:
        """What the model has to score: the original first."""
        return (self.original, self.text) if self.original else (self.text,)


@dataclass(frozen=True, slots=True)
class Check:
    """A behavioural test.

    Attributes:
        name: unique in the suite.
        capability: the ability that it tests.
        kind: MFT (minimum functionality), INV (invariance) or DIR (directional expectation).
        demand: what a model has to do on every case.
        cases: distinct.
    """

    name: str
    capability: Capability
    kind: Kind
    demand: Demand
    cases: tuple[Case, ...]
