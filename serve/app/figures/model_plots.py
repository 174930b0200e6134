"""The plots of the model page."""

from collections.abc import Sequence

import plotly.graph_objects as go

from serve.app.figures.history_plot import FONT
from serve.app.reports import CurvePoint, ReliabilityBin
from serve.app.theme import Palette

_DASHES = ("solid", "dash", "dot", "dashdot")
_HEIGHT = 340


def reliability_plot(bins: Sequence[ReliabilityBin], colours: Palette) -> go.Figure:
    """Share of right answers against confidence; the size of a mark tells how many headlines it stands for."""
    most = max(b.headlines for b in bins)
    figure = _figure(colours, "Confidence of the model, %", "Right answers, %")
    line = go.Scatter(
        x=[33, 100], y=[33, 100], mode="lines", name="as sure as right", hoverinfo="skip",
        line={"color": colours.muted, "dash": "dot", "width": 1.5},
    )  # fmt: skip
    marks = go.Scatter(
        x=[100 * b.confidence for b in bins],
        y=[100 * b.accuracy for b in bins],
        mode="lines+markers",
        name="the model",
        line={"color": colours.accent, "width": 2},
        marker={"size": [7 + 17 * (b.headlines / most) ** 0.5 for b in bins], "color": colours.accent, "opacity": 1},
        customdata=[b.headlines for b in bins],
        hovertemplate="%{x:.0f} % sure, right on %{y:.0f} %<br>%{customdata:,.0f} headlines<extra></extra>",
    )
    figure.add_traces([line, marks])
    figure.update_xaxes(range=[30, 103])
    figure.update_yaxes(range=[-4, 104])
    return figure


def curve_plot(points: Sequence[CurvePoint], own: str, colours: Palette) -> go.Figure:
    """Accuracy against the number of labels, with 95 % intervals, one line for each model; that of `own` stands out."""
    figure = _figure(colours, "Labelled headlines to learn from", "Right answers, %")
    names = sorted({point.model for point in points}, key=lambda name: (name != own, name))
    for name, dash in zip(names, _DASHES, strict=False):
        colour = colours.accent if name == own else colours.muted
        mine = [point for point in points if point.model == name]
        figure.add_scatter(
            x=[point.size for point in mine],
            y=[100 * point.accuracy for point in mine],
            error_y={
                "array": [100 * (point.accuracy_high - point.accuracy) for point in mine],
                "arrayminus": [100 * (point.accuracy - point.accuracy_low) for point in mine],
                "thickness": 1, "width": 3,
            },
            mode="lines+markers", name=name, line={"color": colour, "dash": dash, "width": 2}, marker={"size": 7},
            hovertemplate="%{x:,} labels: right on %{y:.1f} %<extra>" + name + "</extra>",
        )  # fmt: skip
    sizes = sorted({point.size for point in points})
    figure.update_xaxes(type="log", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes])
    return figure


def _figure(colours: Palette, x: str, y: str) -> go.Figure:
    axis = {
        "gridcolor": colours.grid,
        "linecolor": colours.grid,
        "zeroline": False,
        "fixedrange": True,
        "title_font_size": 13,
    }
    return go.Figure(
        layout={
            "height": _HEIGHT,
            "margin": {"l": 52, "r": 12, "t": 12, "b": 48},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "dragmode": False,
            "font": {"color": colours.text, "size": 13, "family": FONT},
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "itemclick": False,
                "itemdoubleclick": False,
            },
            "xaxis": {**axis, "title_text": x},
            "yaxis": {**axis, "title_text": y},
            "hoverlabel": {"bgcolor": colours.background, "font": {"color": colours.text}},
        }
    )
