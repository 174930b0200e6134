"""The plots of the app: the index over time with market series, the reliability diagram and the learning curve."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from math import ceil, floor
from typing import Any

import plotly.graph_objects as go

from barometer.labels import Label
from barometer.live.records import BarometerReading
from serve.api.drawing import Palette
from serve.app.history import Line, Market, chart_words
from serve.app.reports import CurvePoint, ReliabilityBin
from serve.app.series import STYLES, traces

_FONT = "ui-sans-serif, system-ui, sans-serif"
_HISTORY_HEIGHT, _MODEL_HEIGHT = 380, 340
_CLEAR = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}
_PRICE_AXIS = {
    "overlaying": "y", "side": "right", "showgrid": False, "fixedrange": True, "tickformat": "~s", "tickprefix": " $",
}  # fmt: skip
_DASHES = ("solid", "dash", "dot", "dashdot")


def blank_plot() -> go.Figure:
    """An empty plot. Shown first, it makes the browser load the plotting library while the store is queried."""
    hidden, name = {"visible": False}, {"label": chart_words(())}
    return go.Figure(
        go.Scatter(), layout={"height": _HISTORY_HEIGHT, "xaxis": hidden, "yaxis": hidden, "meta": name, **_CLEAR}
    )


def history_plot(lines: Sequence[Line], overlays: Mapping[Market, Mapping[date, float]], colours: Palette) -> go.Figure:
    """Plot one line or two, told apart by dashes, marks and hatching as well as by colour.

    A window without headlines is a gap. Prices have their own axis.
    """
    styled = zip(lines, STYLES, strict=False)
    drawn = [trace for line, style in styled for trace in traces(line, style, colours, alone=len(lines) == 1)]
    view = max(lines, key=lambda line: len(line.windows)).windows
    laid_over = [_market(market, _within(days, view), colours) for market, days in overlays.items()]
    ends = [end for line in lines for window in line.windows for end in (window.low, window.high)]
    layout = _history_layout([100 * end for end in ends if end is not None], overlays, colours)
    layout |= {"meta": {"label": chart_words(lines)}}
    # One call: traces added to a figure later are validated and copied again, which takes longer than the rest.
    return go.Figure([*drawn, *laid_over], layout)


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


def _tens_around(scores: Sequence[float]) -> list[int]:
    return [10 * floor(min(scores) / 10), 10 * ceil(max(scores) / 10)] if scores else [0, 100]


def _history_layout(band: Sequence[float], overlays: Collection[Market], colours: Palette) -> dict[str, Any]:
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
    ends = [f"{100 * b.accuracy:.0f}% right at {100 * b.confidence:.0f}% confidence" for b in (bins[0], bins[-1])]
    label = f"Reliability diagram, accuracy against confidence: from {' to '.join(ends)}"
    figure = go.Figure([line, marks], _model_layout(colours, "Confidence, %", "Accuracy, %", label))
    figure.update_xaxes(range=[30, 103])
    figure.update_yaxes(range=[-4, 104])
    return figure


def curve_plot(curve: Sequence[CurvePoint], own: str, colours: Palette) -> go.Figure:
    """Accuracy against the number of labels, with 95% intervals, one line a model; that of `own` stands out."""
    figure = go.Figure(
        layout=_model_layout(colours, "Labelled headlines for training", "Accuracy, %", _curve_words(curve))
    )
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


def _curve_words(curve: Sequence[CurvePoint]) -> str:
    models = sorted({point.model for point in curve})
    last = {point.model: point for point in sorted(curve, key=lambda point: point.size)}
    ends = [f"{name} {100 * last[name].accuracy:.1f}% with {last[name].size:,}" for name in models]
    return f"Learning curve, accuracy against labelled headlines: {', '.join(ends)}"


def _model_layout(colours: Palette, x: str, y: str, label: str) -> dict[str, Any]:
    axis = {**_axis(colours), "title_font_size": 13}
    return _layout(colours) | _CLEAR | {
        "height": _MODEL_HEIGHT,
        "meta": {"label": label},
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
