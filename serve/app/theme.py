"""The look of the app: its Gradio theme, style sheets and scripts."""

from functools import cache
from pathlib import Path

import gradio as gr

from serve.api.drawing import DARK, LIGHT, Palette
from serve.markup import render

STATIC = Path(__file__).parent / "static"
# The background behind cards.
LIGHT_BACKGROUND, DARK_BACKGROUND = "#f8fafc", "#0b1120"


def palette(dark: bool) -> Palette:
    """The colours of a mode."""
    return DARK if dark else LIGHT


def colour_sheet() -> str:
    """A style sheet that defines the colours of both modes as custom properties."""
    return render("colours.css", light=LIGHT.variables(), dark=DARK.variables())


@cache
def script(name: str) -> str:
    """The text of a script in `STATIC`."""
    return (STATIC / name).read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
    """The Gradio theme: slate and indigo on white or near black, in the reader's system fonts."""
    fonts = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial",
             "sans-serif")  # fmt: skip
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
        button_primary_background_fill=LIGHT.accent,
        button_primary_background_fill_hover="#3730a3",
        button_primary_background_fill_dark="#4f46e5",
        button_primary_text_color="#ffffff",
    )
