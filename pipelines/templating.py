"""The Jinja environment of the reports: Markdown templates over results, and the filters that format their numbers."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from barometer.stats import Estimate


def environment(folder: Path) -> Environment:
    """An environment that reads Markdown templates from a folder.

    Nothing is escaped, since Markdown is no HTML; an unknown name in a template raises `jinja2.UndefinedError`.
    Filters: `estimate(scale=100, digits=1)`, `percent(digits=1)` and `count`.
    """
    found = Environment(
        loader=FileSystemLoader(folder),
        autoescape=False,  # noqa: S701 - Markdown, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    found.filters |= {"estimate": estimate, "percent": percent, "count": count}
    return found


def estimate(figure: Estimate | Mapping[str, float], scale: float = 100, digits: int = 1) -> str:
    """A figure with its interval, for example `71.2 [69.0, 73.5]`; as a record, or as its JSON."""
    values = (figure.value, figure.low, figure.high) if isinstance(figure, Estimate) else tuple(figure.values())
    value, low, high = (f"{scale * v:.{digits}f}" for v in values)
    return f"{value} [{low}, {high}]"


def percent(share: float, digits: int = 1) -> str:
    """A share between 0 and 1 in percent, for example `71.2%`."""
    return f"{100 * share:.{digits}f}%"


def count(number: int) -> str:
    """A number with separators of thousands, for example `70,000`."""
    return f"{number:,}"
