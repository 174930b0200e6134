"""How a minimum functionality test is written down: its phrasings and what every case of it must be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from barometer.checks.check import Capability, Check
from barometer.checks.expectation import Demand
from barometer.checks.templates import Phrasing, Templates


@dataclass(frozen=True, slots=True)
class Plan:
    """A minimum functionality test before its templates are filled."""

    name: str
    capability: Capability
    demand: Demand
    phrasings: Sequence[Phrasing]

    def check(self, templates: Templates, cases: int, rng: np.random.Generator) -> Check:
        """Fill the templates; raises ValueError if they cannot make so many distinct cases."""
        made = tuple(templates.cases(self.phrasings, cases, rng))
        return Check(self.name, self.capability, "MFT", self.demand, made)
