"""The plot of the index over time, with its interval as a band and market series laid over it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from math import ceil, floor

import plotly.graph_objects as go

from barometer.labels import Label
from barometer.live.records import BarometerReading
from serve.api.words import count_words
from serve.app.format import interval, points
from serve.app.history import is_day, middle
from serve.app.market import Market
from serve.app.theme import Palette

FONT = "ui-sans-serif, system-ui, sans-serif"
_HEIGHT = 380
_PRICE_AXIS = {
    "overlaying": "y", "side": "right", "showgrid": False, "fixedrange": True, "tickformat": "~s", "tickprefix": " $",
}  # fmt: skip
_DOTS_UP_TO = 100  # windows; more of them are a line alone


def blank_plot() -> go.Figure:
    """An empty plot. Shown first, it makes the browser load the plotting library while the store is asked."""
    return go.Figure(go.Scatter(), layout={
        "height": _HEIGHT, "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"visible": False}, "yaxis": {"visible": False},
    })  # fmt: skip


def history_plot(
    windows: Sequence[BarometerReading], overlays: Mapping[Market, Mapping[date, float]], colours: Palette
) -> go.Figure:
    """Plot windows, oldest first; a window without headlines is a gap. Prices have an axis of their own."""
    band_x, band_y = _band(windows)
    band = go.Scatter(
        x=band_x, y=band_y, fill="toself", fillcolor=_faint(colours.accent), line={"width": 0}, mode="lines",
        name="95 % interval", hoverinfo="skip",
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
    # One call: what is added to a figure later is checked and copied again, which takes longer than the rest.
    return go.Figure([band, line, *laid_over], _layout(band_y, overlays, colours))


def _words(window: BarometerReading) -> str:
    hours = "" if is_day(window) else f"{window.since:%H:%M} to {window.until:%H:%M} UTC: "
    return f"{hours}{points(window.value or 0.0)} ({interval(window)}), {count_words(window.count)}"


def _band(windows: Sequence[BarometerReading]) -> tuple[list[datetime | None], list[float | None]]:
    """One closed outline for each run of windows without a gap, with None between them."""
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
    """A window between two gaps has no line, so it is a dot however many windows there are."""
    alone = {id(run[0]) for run in _runs(windows) if len(run) == 1}
    return [5 if len(windows) <= _DOTS_UP_TO or id(window) in alone else 0 for window in windows]


def _within(days: Mapping[date, float], windows: Sequence[BarometerReading]) -> dict[date, float]:
    first, last = windows[0].since.date(), windows[-1].until.date()
    return {day: value for day, value in sorted(days.items()) if first <= day <= last}


def days_in_view(days: Mapping[date, float], windows: Sequence[BarometerReading]) -> bool:
    """Whether a market series has at least two days among the windows: a line."""
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


def _layout(band: Sequence[float | None], overlays: Collection[Market], colours: Palette) -> dict[str, object]:
    scores = [0, 100] if any(market.is_score for market in overlays) else _tens_around(band)
    priced = any(not market.is_score for market in overlays)
    axis = {"gridcolor": colours.grid, "linecolor": colours.grid, "zeroline": False, "fixedrange": True}
    layout: dict[str, object] = {
        "template": "none", "height": _HEIGHT, "margin": {"l": 40, "r": 56 if priced else 12, "t": 8, "b": 44},
        "hovermode": "x unified", "dragmode": False, "paper_bgcolor": colours.background,
        "plot_bgcolor": colours.background,
        "font": {"color": colours.muted, "size": 13, "family": FONT},
        "hoverlabel": {"bgcolor": colours.background, "bordercolor": colours.grid, "font": {"color": colours.text}},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemclick": False,
                   "itemdoubleclick": False},
        "xaxis": {**axis, "showgrid": False, "hoverformat": "%-d %B %Y", "spikethickness": 1, "spikedash": "dot",
                  "spikecolor": colours.muted},
        "yaxis": {**axis, "range": scores, "ticksuffix": " ", "nticks": 6},
    }  # fmt: skip
    return {**layout, "yaxis2": _PRICE_AXIS} if priced else layout


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
