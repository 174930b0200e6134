"""The geometry of the gauge: a half circle on which 0 is on the left, 0.5 on top and 1 on the right, as SVG paths."""

from dataclasses import dataclass
from math import cos, pi, sin


@dataclass(frozen=True, slots=True)
class Dial:
    """A half circle about (x, y), in units of the SVG's view box. Shares are in [0, 1]."""

    x: float
    y: float
    radius: float

    def arc(self, start: float, end: float, outwards: float = 0.0) -> str:
        """The path from one share to another, `outwards` of the circle."""
        radius = self.radius + outwards
        return f"M {self._at(start, radius)} A {radius:.0f} {radius:.0f} 0 0 1 {self._at(end, radius)}"

    def spoke(self, share: float, inner: float, outer: float) -> str:
        """The path across the circle at a share, between two distances outwards of it."""
        return f"M {self._at(share, self.radius + inner)} L {self._at(share, self.radius + outer)}"

    def _at(self, share: float, radius: float) -> str:
        angle = pi * (1 - share)
        return f"{self.x + radius * cos(angle):.1f} {self.y - radius * sin(angle):.1f}"
