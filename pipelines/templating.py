"""The templates of Markdown pages: their environment, and how figures are written in them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from barometer.stats import Estimate


def estimate(figure: Estimate | Mapping[str, float], scale: float = 100, digits: int = 1) -> str:
    """A figure with its interval, for example `71.2 [69.0, 73.5]`; by default a share in percent."""
    values = (figure.value, figure.low, figure.high) if isinstance(figure, Estimate) else tuple(figure.values())
    value, low, high = (f"{scale * v:.{digits}f}" for v in values)
    return f"{value} [{low}, {high}]"


def percent(share: float, digits: int = 1) -> str:
    """A share in percent without the sign, for example `71.2`."""
    return f"{100 * share:.{digits}f}"


def count(number: int) -> str:
    """A whole number with commas between thousands."""
    return f"{number:,}"


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def paragraph(text: str) -> str:
    """Text on one line, as Markdown wants it in tables, captions and summaries."""
    return " ".join(text.split())


def cell(text: str) -> str:
    """Text that cannot break out of a cell of a Markdown table."""
    return paragraph(text).replace("|", "\\|")


def environment(*folders: Path) -> Environment:
    """The environment of Markdown templates in these folders; an unknown name is an error.

    Nothing is escaped, because the pages are Markdown: `cell` is for text that people wrote.
    """
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=False,  # noqa: S701 - Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {f.__name__: f for f in (estimate, percent, count, listed, paragraph, cell)}
    return made
