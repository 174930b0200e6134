"""The plots of the app: the index over time with market series, the reliability diagram and the learning curve."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from math import ceil, floor
from typing import Any

import plotly.graph_objects as go

from barometer.labels import Label
from barometer.live.records import BarometerReading
from serve.api.drawing import Palette
from serve.api.words import count_words, interval, points
from serve.app.history import Market, is_day, middle
from serve.app.reports import CurvePoint, ReliabilityBin

_FONT = "ui-sans-serif, system-ui, sans-serif"
_HISTORY_HEIGHT, _MODEL_HEIGHT = 380, 340
_CLEAR = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}
_PRICE_AXIS = {
    "overlaying": "y", "side": "right", "showgrid": False, "fixedrange": True, "tickformat": "~s", "tickprefix": " $",
}  # fmt: skip
_DOTS_UP_TO = 100  # windows; more of them are a line alone
_DASHES = ("solid", "dash", "dot", "dashdot")


def blank_plot() -> go.Figure:
    """An empty plot. Shown first, it makes the browser load the plotting library while the store is queried."""
    hidden = {"visible": False}
    return go.Figure(go.Scatter(), layout={"height": _HISTORY_HEIGHT, "xaxis": hidden, "yaxis": hidden, **_CLEAR})


def history_plot(
    windows: Sequence[BarometerReading], overlays: Mapping[Market, Mapping[date, float]], colours: Palette
) -> go.Figure:
    """Plot windows, oldest first; a window without headlines is a gap. Prices have their own axis."""
    band_x, band_y = _band(windows)
    band = go.Scatter(
        x=band_x, y=band_y, fill="toself", fillcolor=_faint(colours.accent), line={"width": 0}, mode="lines",
        name="95% interval", hoverinfo="skip",
    )  # fmt: skip
    line = go.Scatter(
        x=[middle(window) for window in windows],
        y=[None if window.value is None else 100 * window.value for window in windows],
        mode="lines+markers", name="Barometer", connectgaps=False,
        line={"color": colours.accent, "width": 2.5},
        marker={"size": _dots(windows), "color": colours.accent, "opacity": 1},
        customdata=[_words(window) for window in windows],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    laid_over = [_market(market, _within(days, windows), colours) for market, days in overlays.items()]
    # One call: traces added to a figure later are validated and copied again, which takes longer than the rest.
    return go.Figure([band, line, *laid_over], _history_layout(band_y, overlays, colours))


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


def _within(days: Mapping[date, float], windows: Sequence[BarometerReading]) -> dict[date, float]:
    first, last = windows[0].since.date(), windows[-1].until.date()
    return {day: value for day, value in sorted(days.items()) if first <= day <= last}


def days_in_view(days: Mapping[date, float], windows: Sequence[BarometerReading]) -> bool:
    """Whether a market series has at least two days among the windows, enough for a line."""
    return bool(windows) and len(_within(days, windows)) > 1


def _market(market: Market, days: Mapping[date, float], colours: Palette) -> go.Scatter:
    label, dash = (Label.POSITIVE, "dash") if market.is_score else (Label.NEGATIVE, "dot")
    return go.Scatter(
        x=[datetime.combine(day, time(12), UTC) for day in days], y=list(days.values()), mode="lines",
        name=market.name, yaxis="y" if market.is_score else "y2",
        line={"color": colours.classes[label], "width": 2, "dash": dash},
        hovertemplate="%{y:,.0f}<extra>" + market.name.replace("&", "&amp;") + "</extra>",
    )  # fmt: skip


def _tens_around(scores: Sequence[float | None]) -> list[int]:
    known = [score for score in scores if score is not None]
    return [10 * floor(min(known) / 10), 10 * ceil(max(known) / 10)] if known else [0, 100]


def _history_layout(band: Sequence[float | None], overlays: Collection[Market], colours: Palette) -> dict[str, Any]:
    scores = [0, 100] if any(market.is_score for market in overlays) else _tens_around(band)
    priced = any(not market.is_score for market in overlays)
    axis = _axis(colours)
    layout = _layout(colours) | {
        "template": "none", "height": _HISTORY_HEIGHT, "margin": {"l": 40, "r": 56 if priced else 12, "t": 8, "b": 44},
        "hovermode": "x unified", "paper_bgcolor": colours.background, "plot_bgcolor": colours.background,
        "font": {"color": colours.muted, "size": 13, "family": _FONT},
        "hoverlabel": {"bgcolor": colours.background, "bordercolor": colours.grid, "font": {"color": colours.text}},
        "xaxis": {**axis, "showgrid": False, "hoverformat": "%-d %B %Y", "spikethickness": 1, "spikedash": "dot",
                  "spikecolor": colours.muted},
        "yaxis": {**axis, "range": scores, "ticksuffix": " ", "nticks": 6},
    }  # fmt: skip
    return {**layout, "yaxis2": _PRICE_AXIS} if priced else layout


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def reliability_plot(bins: Sequence[ReliabilityBin], colours: Palette) -> go.Figure:
    """Accuracy against confidence; the size of a mark shows how many headlines it stands for."""
    most = max(b.headlines for b in bins)
    line = go.Scatter(
        x=[33, 100], y=[33, 100], mode="lines", name="perfect calibration", hoverinfo="skip",
        line={"color": colours.muted, "dash": "dot", "width": 1.5},
    )  # fmt: skip
    marks = go.Scatter(
        x=[100 * b.confidence for b in bins], y=[100 * b.accuracy for b in bins], mode="lines+markers",
        name="this model", line={"color": colours.accent, "width": 2},
        marker={"size": [7 + 17 * (b.headlines / most) ** 0.5 for b in bins], "color": colours.accent, "opacity": 1},
        customdata=[b.headlines for b in bins],
        hovertemplate="confidence %{x:.0f}%, accuracy %{y:.0f}%<br>%{customdata:,.0f} headlines<extra></extra>",
    )  # fmt: skip
    figure = go.Figure([line, marks], _model_layout(colours, "Confidence, %", "Accuracy, %"))
    figure.update_xaxes(range=[30, 103])
    figure.update_yaxes(range=[-4, 104])
    return figure


def curve_plot(curve: Sequence[CurvePoint], own: str, colours: Palette) -> go.Figure:
    """Accuracy against the number of labels, with 95% intervals, one line a model; that of `own` stands out."""
    figure = go.Figure(layout=_model_layout(colours, "Labelled headlines for training", "Accuracy, %"))
    names = sorted({point.model for point in curve}, key=lambda name: (name != own, name))
    for name, dash in zip(names, _DASHES, strict=False):
        colour = colours.accent if name == own else colours.muted
        mine = [point for point in curve if point.model == name]
        figure.add_scatter(
            x=[point.size for point in mine],
            y=[100 * point.accuracy for point in mine],
            error_y={
                "array": [100 * (point.accuracy_high - point.accuracy) for point in mine],
                "arrayminus": [100 * (point.accuracy - point.accuracy_low) for point in mine],
                "thickness": 1, "width": 3,
            },
            mode="lines+markers", name=name, line={"color": colour, "dash": dash, "width": 2}, marker={"size": 7},
            hovertemplate="%{x:,} labels: accuracy %{y:.1f}%<extra>" + name + "</extra>",
        )  # fmt: skip
    sizes = sorted({point.size for point in curve})
    figure.update_xaxes(type="log", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes])
    return figure


def _model_layout(colours: Palette, x: str, y: str) -> dict[str, Any]:
    axis = {**_axis(colours), "title_font_size": 13}
    return _layout(colours) | _CLEAR | {
        "height": _MODEL_HEIGHT,
        "margin": {"l": 52, "r": 12, "t": 12, "b": 48},
        "xaxis": {**axis, "title_text": x},
        "yaxis": {**axis, "title_text": y},
    }  # fmt: skip


def _layout(colours: Palette) -> dict[str, Any]:
    return {
        "dragmode": False,
        "font": {"color": colours.text, "size": 13, "family": _FONT},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemclick": False,
                   "itemdoubleclick": False},
        "hoverlabel": {"bgcolor": colours.background, "font": {"color": colours.text}},
    }  # fmt: skip


def _axis(colours: Palette) -> dict[str, Any]:
    return {"gridcolor": colours.grid, "linecolor": colours.grid, "zeroline": False, "fixedrange": True}
