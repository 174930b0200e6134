"""The barometer as a small picture for README files and sidebars: an SVG in two halves, label and number."""

from unicodedata import combining, east_asian_width
from xml.sax.saxutils import escape

from serve.api.colours import CLASS_COLOURS
from serve.api.data_schemas import Barometer
from serve.api.words import summary

LABEL_COLOUR = "#334155"
NO_DATA_COLOUR = "#475569"
_HEIGHT, _FONT_SIZE, _PADDING = 20, 11, 6
# Hundredths of the font size of the letters from space to tilde, in DejaVu Sans, whose metrics are Verdana's.
_WIDTHS = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34,
    84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99,
    69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52,
    39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="r"><rect width="{width}" height="{height}" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="{left}" height="{height}" fill="{label_colour}"/>\
<rect x="{left}" width="{right}" height="{height}" fill="{colour}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="{font_size}">\
<text x="{label_x:g}" y="14" textLength="{label_length}">{label}</text>\
<text x="{value_x:g}" y="14" textLength="{value_length}">{value}</text></g>
</svg>
"""


def badge(found: Barometer, hours: int, coin: str, label: str) -> str:
    """The badge of a barometer: its label, and the score as a number on the colour of its standing.

    Args:
        found: the barometer of a window.
        hours: the length of the window.
        coin: the ticker of the coin that is meant; empty for all headlines.
        label: the left half; characters that XML can hold.
    """
    value, colour = _value(found)
    label_length, value_length = text_width(label), text_width(value)
    left, right = label_length + 2 * _PADDING, value_length + 2 * _PADDING
    return _SVG.format(
        width=left + right, height=_HEIGHT, left=left, right=right, font_size=_FONT_SIZE,
        label_colour=LABEL_COLOUR, colour=colour,
        label_x=left / 2, label_length=label_length, label=escape(label),
        value_x=left + right / 2, value_length=value_length, value=escape(value),
        title=escape(summary(found, hours, coin)),
    )  # fmt: skip


def _value(found: Barometer) -> tuple[str, str]:
    if found.score is None:
        return "no data", NO_DATA_COLOUR
    colour, _ = CLASS_COLOURS[found.standing.label]
    return f"{round(found.score)} / 100{' (stale)' if found.stale else ''}", colour


def text_width(text: str) -> int:
    """About how wide a text is in pixels; a renderer with another font fits the text to it by `textLength`."""
    return -(-sum(map(_hundredths, text)) * _FONT_SIZE // 100)


def _hundredths(letter: str) -> int:
    if " " <= letter <= "~":
        return _WIDTHS[ord(letter) - ord(" ")]
    if combining(letter):
        return 0
    return 100 if east_asian_width(letter) in "WF" else 70
