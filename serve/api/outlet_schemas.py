"""Answers about outlets: the share of the news, the barometer and the lean of each."""

from typing import Self

from pydantic import BaseModel, Field

from barometer.live.records import Lean, OutletReading
from serve.api.data_schemas import Reading
from serve.api.words import Direction, lean_direction


class OutletLean(BaseModel):
    """The mean of an outlet's headlines minus that of all other outlets', in points of the score, with its interval."""

    difference: float = Field(examples=[4.2], description="Positive where the outlet reports more positively.")
    low: float = Field(examples=[1.0], description="Lower end of the 95% interval of this outlet alone.")
    high: float = Field(examples=[7.4])
    p_value: float = Field(
        ge=0,
        le=1,
        examples=[0.03],
        description="Of no difference, corrected for the number of outlets that are compared (Holm 1979).",
    )
    direction: Direction = Field(
        examples=["positive"], description="The side of the difference if the corrected p-value is below 0.05."
    )


class Outlet(Reading):
    """The barometer of the headlines of an outlet, its share of all that count in the window, and its lean."""

    outlet: str = Field(examples=["CoinDesk"])
    share: float = Field(json_schema_extra={"minimum": 0, "maximum": 1}, examples=[0.12])
    lean: OutletLean | None = Field(
        description="Against all other outlets together; null with one outlet, or fewer than 30 headlines in all."
    )

    @classmethod
    def compared(cls, found: OutletReading) -> Self:
        """The answer for an outlet among others."""
        lean = None if found.lean is None else _lean_of(found.lean)
        return cls.of(found.reading, outlet=found.outlet, share=found.share, lean=lean)


def _lean_of(found: Lean) -> OutletLean:
    difference, low, high = (round(100 * share, 1) for share in (found.difference, found.low, found.high))
    direction = lean_direction(found)
    return OutletLean(difference=difference, low=low, high=high, p_value=found.p_value, direction=direction)
