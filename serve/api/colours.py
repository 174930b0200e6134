"""The colours of pages, plots and embeds in light and in dark mode; style sheets are rendered from them."""

from collections.abc import Mapping
from dataclasses import dataclass

from barometer.labels import FIELD_NAMES, Label


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one mode.

    Text has a contrast of 4.5:1 or more to the background, and white 4.5:1 to the light class colours. Orange, grey
    and teal remain distinct for colour-blind readers.
    """

    classes: Mapping[Label, str]
    accent: str
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
    text="#0f172a",
    muted="#475569",
    grid="#e2e8f0",
    background="#ffffff",
)
DARK = Palette(
    {Label.NEGATIVE: "#fb923c", Label.NEUTRAL: "#94a3b8", Label.POSITIVE: "#2dd4bf"},
    accent="#a5b4fc",
    text="#f1f5f9",
    muted="#a8b3c4",
    grid="#334155",
    background="#111827",
)
