"""Outlets beside each other: how much of the news is theirs, and how their headlines differ from those of others."""

from dataclasses import dataclass

from barometer.live.records.scores import BarometerReading


@dataclass(frozen=True, slots=True)
class Lean:
    """The mean of an outlet's headlines minus that of all other outlets', in [-1, 1].

    Attributes:
        difference: positive where the outlet reports more positively.
        low, high: its 95% interval.
        p_value: of no difference, corrected for the number of outlets that were compared (Holm 1979).
    """

    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class OutletReading:
    """The barometer of an outlet, its share of the headlines that count, and its lean where it can be told."""

    outlet: str
    reading: BarometerReading
    share: float
    lean: Lean | None
