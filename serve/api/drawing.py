"""What pages, plots and embeds draw with: the colours of both modes, and the gauge as SVG paths.

Style sheets are rendered from the colours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin

from barometer.labels import FIELD_NAMES, Label


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one mode.

    Text has a contrast of 4.5:1 or more to the background, and white 4.5:1 to the light class colours. Orange, grey
    and teal remain distinct for colour-blind readers. `second` is a line beside the one in `accent`.
    """

    classes: Mapping[Label, str]
    accent: str
    second: str
    text: str
    muted: str
    grid: str
    background: str

    def variables(self) -> dict[str, str]:
        """The colours by the names of the custom properties in style sheets."""
        names = dict(zip(FIELD_NAMES, (self.classes[label] for label in Label), strict=True))
        return names | {
            "accent": self.accent, "text": self.text, "muted": self.muted, "line": self.grid, "card": self.background,
        }  # fmt: skip


LIGHT = Palette(
    {Label.NEGATIVE: "#c2410c", Label.NEUTRAL: "#64748b", Label.POSITIVE: "#0f766e"},
    accent="#4338ca",
    second="#be185d",
    text="#0f172a",
    muted="#475569",
    grid="#e2e8f0",
    background="#ffffff",
)
DARK = Palette(
    {Label.NEGATIVE: "#fb923c", Label.NEUTRAL: "#94a3b8", Label.POSITIVE: "#2dd4bf"},
    accent="#a5b4fc",
    second="#f9a8d4",
    text="#f1f5f9",
    muted="#a8b3c4",
    grid="#334155",
    background="#111827",
)


@dataclass(frozen=True, slots=True)
class Dial:
    """A gauge: a half circle about (x, y), in units of the SVG's view box.

    Shares are in [0, 1]: 0 is on the left, 0.5 on top and 1 on the right.
    """

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
