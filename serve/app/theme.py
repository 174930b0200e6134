"""How the app looks: its colours, its theme, its style sheet. One colour for each class, the same on every page."""

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from barometer.labels import Label
from serve.api.colours import CLASS_COLOURS

STATIC = Path(__file__).parent / "static"
# The ground that cards lie on.
LIGHT_BACKGROUND, DARK_BACKGROUND = "#f8fafc", "#0b1120"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of plots in one mode; the style sheet has the same ones as variables.

    Text has a contrast of 4.5:1 or more to the background. Orange, grey and teal differ for the colour-blind, too.
    """

    classes: dict[Label, str]
    accent: str
    text: str
    muted: str
    grid: str
    background: str


LIGHT = Palette(
    {label: light for label, (light, _) in CLASS_COLOURS.items()},
    accent="#4338ca",
    text="#0f172a",
    muted="#475569",
    grid="#e2e8f0",
    background="#ffffff",
)
DARK = Palette(
    {label: dark for label, (_, dark) in CLASS_COLOURS.items()},
    accent="#a5b4fc",
    text="#f1f5f9",
    muted="#a8b3c4",
    grid="#334155",
    background="#111827",
)


def palette(dark: bool) -> Palette:
    """The colours of a mode."""
    return DARK if dark else LIGHT


def theme() -> gr.themes.Base:
    """The theme: slate and indigo on white or near black, with the fonts that the reader's system has."""
    fonts = (
        "ui-sans-serif",
        "system-ui",
        "-apple-system",
        "Segoe UI",
        "Roboto",
        "Helvetica Neue",
        "Arial",
        "sans-serif",
    )
    mono = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
    base = gr.themes.Base(primary_hue="indigo", secondary_hue="teal", neutral_hue="slate", radius_size="lg",
                          font=fonts, font_mono=mono)  # fmt: skip
    return base.set(
        body_background_fill=LIGHT_BACKGROUND,
        body_background_fill_dark=DARK_BACKGROUND,
        body_text_color=LIGHT.text,
        body_text_color_dark=DARK.text,
        body_text_color_subdued=LIGHT.muted,
        body_text_color_subdued_dark=DARK.muted,
        block_background_fill=LIGHT.background,
        block_background_fill_dark=DARK.background,
        block_border_width="1px",
        block_label_text_color=LIGHT.muted,
        block_label_text_color_dark=DARK.muted,
        button_primary_background_fill="#4338ca",
        button_primary_background_fill_hover="#3730a3",
        button_primary_background_fill_dark="#4f46e5",
        button_primary_text_color="#ffffff",
    )
