"""The page of outlets: how much of the news is each one's, its barometer, and its lean against the others."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import gradio as gr

from barometer.live.records import OutletReading
from barometer.live.store.parts import from_outlet
from serve.api.ports import StoreUnavailableError
from serve.api.ranges import Range
from serve.api.words import lean_direction
from serve.app.context import AppContext, Page
from serve.app.history import Line, windows
from serve.app.panels import loading, state, store_unreachable
from serve.app.plots import history_plot
from serve.app.theme import palette
from serve.markup import render

# Days of the table, and the range of the plot.
RANGES: Mapping[str, tuple[int, Range]] = {
    "24 hours": (1, "7d"), "7 days": (7, "7d"), "30 days": (30, "30d"), "1 year": (365, "1y")
}  # fmt: skip
DEFAULT = "30 days"
MOST = 100
_ABOUT = (
    "Lean is the mean of an outlet's headlines minus that of all others, in points. The line is its 95% interval; a "
    "lean is named only if it is significant among so many outlets."
)
_WIDTH, _HEIGHT = 180, 22  # of the plot of an interval, in pixels
_LEAST, _LARGEST = 0.05, 0.25  # half of the scale of leans: of few headlines, one may be of any size
Shown = tuple[str, gr.Dropdown, gr.Plot]


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    gr.HTML(render("heading.html", id="", title="Outlets", text=_ABOUT), elem_id="outlets-head", elem_classes="b-head")
    span = gr.Radio(list(RANGES), value=DEFAULT, label="Headlines of the last", elem_id="outlets-range")
    listed = gr.HTML(loading("Loading the outlets"), elem_id="outlets-list")
    outlet = gr.Dropdown([], value=None, label="One outlet over time", allow_custom_value=True, elem_id="outlets-one")
    plot = gr.Plot(visible=False, show_label=False, elem_id="outlets-plot")

    def draw(span: str, outlet: str | None, dark: bool) -> gr.Plot:
        return _plot(context, span, outlet, dark)

    def show(span: str, outlet: str | None, dark: bool) -> Shown:
        return *_table(context, span), draw(span, outlet, dark)

    asked, outputs = [span, outlet, page.dark], [listed, outlet, plot]
    private: dict[str, Any] = {"api_visibility": "private", "queue": False}
    page.shown(show, asked, outputs)
    span.input(show, asked, outputs, show_progress_on=listed, **private)
    gr.on([outlet.input, page.dark.input], draw, asked, plot, **private)


def _table(context: AppContext, span: str) -> tuple[str, gr.Dropdown]:
    now = context.clock()
    days, _ = RANGES.get(span, RANGES[DEFAULT])
    try:
        found = context.store.outlets(now - timedelta(days=days), now)
    except StoreUnavailableError as error:
        return store_unreachable(str(error)), gr.Dropdown(choices=[])
    table = outlet_table(found) if found else state("No headlines in this time", "Choose a longer one.")
    return table, gr.Dropdown(choices=[each.outlet for each in found[:MOST]])


def _plot(context: AppContext, span: str, outlet: str | None, dark: bool) -> gr.Plot:
    _, range_ = RANGES.get(span, RANGES[DEFAULT])
    try:
        found = windows(context.store, context.clock(), range_, from_outlet(outlet)) if outlet else []
    except StoreUnavailableError:
        found = []  # the table above reports the error
    if not outlet or not found:
        return gr.Plot(visible=False)
    return gr.Plot(history_plot([Line(outlet, found)], {}, palette(dark)), visible=True)


def outlet_table(found: Sequence[OutletReading]) -> str:
    """The outlets as an HTML table, at most 100; one or more, in the given order."""
    shown = found[:MOST]
    bounds = [bound for outlet in shown if outlet.lean for bound in (outlet.lean.low, outlet.lean.high)]
    scale = min(max([_LEAST, *map(abs, bounds)]), _LARGEST)
    rows = [
        (outlet, outlet.lean and lean_direction(outlet.lean), outlet.lean and _drawn(outlet, scale)) for outlet in shown
    ]
    return render("outlets.html", rows=rows, more=len(found) - len(shown), width=_WIDTH, height=_HEIGHT)


def _drawn(outlet: OutletReading, scale: float) -> tuple[float, float, float]:
    """Where the interval of a lean begins, the lean is, and the interval ends, in pixels from the left."""
    assert outlet.lean is not None
    low, middle, high = (
        min(max((1 + x / scale) / 2, 0.0), 1.0) * _WIDTH
        for x in (outlet.lean.low, outlet.lean.difference, outlet.lean.high)
    )
    return low, middle, high
