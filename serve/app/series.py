"""How a line of the barometer is drawn: its windows, and its 95% intervals as a band around them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go

from barometer.live.records import BarometerReading
from serve.api.drawing import Palette
from serve.api.words import count_words, interval, points
from serve.app.history import Line, is_day, middle

_DOTS_UP_TO = 100  # windows; more of them are a line alone


@dataclass(frozen=True, slots=True)
class Style:
    """What tells one line from another without colour: dashes, marks, and the hatching of its band."""

    is_second: bool
    dash: str
    mark: str
    hatching: str


STYLES = (Style(False, "solid", "circle", ""), Style(True, "dashdot", "diamond-open", "/"))


def traces(line: Line, style: Style, colours: Palette, *, alone: bool) -> list[go.Scatter]:
    """The traces of a line: its band, then the line itself. A window without headlines is a gap.

    Args:
        line: what is drawn.
        style: how it is drawn.
        colours: of the mode.
        alone: whether it is the only one; else each says whose it is, and their bands are not in the legend.
    """
    whose = "" if alone else f"{line.name}: "
    colour = colours.second if style.is_second else colours.accent
    return [_band_of(line, style, colour, alone), _line_of(line, style, colour, whose)]


def _band_of(line: Line, style: Style, colour: str, alone: bool) -> go.Scatter:
    x, y = _band(line.windows)
    hatched = {"shape": style.hatching, "fgcolor": colour, "fgopacity": 0.45, "size": 7, "solidity": 0.15}
    return go.Scatter(
        x=x, y=y, fill="toself", fillcolor=_faint(colour, 0.08 if style.hatching else 0.18), line={"width": 0},
        fillpattern=hatched if style.hatching else None, mode="lines", name="95% interval", hoverinfo="skip",
        showlegend=alone,
    )  # fmt: skip


def _line_of(line: Line, style: Style, colour: str, whose: str) -> go.Scatter:
    return go.Scatter(
        x=[middle(window) for window in line.windows],
        y=[None if window.value is None else 100 * window.value for window in line.windows],
        mode="lines+markers", name=line.name if whose else "Barometer", connectgaps=False,
        line={"color": colour, "width": 2.5, "dash": style.dash},
        marker={"size": _dots(line.windows), "color": colour, "opacity": 1, "symbol": style.mark},
        customdata=[f"{whose}{_words(window)}" for window in line.windows],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip


def _words(window: BarometerReading) -> str:
    hours = "" if is_day(window) else f"{window.since:%H:%M} to {window.until:%H:%M} UTC: "
    return f"{hours}{points(window.value or 0.0)} ({interval(window)}), {count_words(window.count)}"


def _band(windows: Sequence[BarometerReading]) -> tuple[list[datetime | None], list[float | None]]:
    """A closed outline for each run of windows without a gap, separated by None."""
    x: list[datetime | None] = []
    y: list[float | None] = []
    for run in _runs(windows):
        there = [middle(window) for window in run]
        x += [*there, *there[::-1], None]
        y += [100 * (w.high or 0.0) for w in run] + [100 * (w.low or 0.0) for w in reversed(run)] + [None]
    return x[:-1], y[:-1]


def _runs(windows: Sequence[BarometerReading]) -> Iterator[list[BarometerReading]]:
    run: list[BarometerReading] = []
    for window in windows:
        if window.count:
            run.append(window)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _dots(windows: Sequence[BarometerReading]) -> list[int]:
    """Sizes of marks: a window between two gaps has no line, so it is a dot however many windows there are."""
    alone = {id(run[0]) for run in _runs(windows) if len(run) == 1}
    return [5 if len(windows) <= _DOTS_UP_TO or id(window) in alone else 0 for window in windows]


def _faint(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
