"""The page of outlets: how much of the news is each one's, its barometer, and its lean against the others."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import gradio as gr

from barometer.live.records import OutletReading
from serve.api.ports import StoreUnavailableError
from serve.api.words import lean_direction
from serve.app.context import AppContext, Page
from serve.app.panels import loading, state, store_unreachable
from serve.markup import render

RANGES = {"24 hours": 1, "7 days": 7, "30 days": 30, "1 year": 365}
DEFAULT = "30 days"
MOST = 100
_ABOUT = (
    "Lean is the mean of an outlet's headlines minus that of all others, in points. The line is its 95% interval; a "
    "lean is named only if it is significant among so many outlets."
)
_WIDTH, _HEIGHT = 180, 22  # of the plot of an interval, in pixels
_LEAST = 0.05  # half of the scale of leans, at least


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    gr.HTML(render("heading.html", id="", title="Outlets", text=_ABOUT), elem_id="outlets-head", elem_classes="b-head")
    chosen = gr.Radio(list(RANGES), value=DEFAULT, label="Headlines of the last", elem_id="outlets-range")
    listed = gr.HTML(loading("Loading the outlets"), elem_id="outlets-list")

    def show(window: str) -> str:
        return _shown(context, window)

    private: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress_on": listed}
    page.shown(show, chosen, listed)
    chosen.input(show, chosen, listed, **private)


def _shown(context: AppContext, window: str) -> str:
    now = context.clock()
    try:
        found = context.store.outlets(now - timedelta(days=RANGES.get(window, RANGES[DEFAULT])), now)
    except StoreUnavailableError as error:
        return store_unreachable(str(error))
    return outlet_table(found) if found else state("No headlines in this time", "Choose a longer one.")


def outlet_table(found: Sequence[OutletReading]) -> str:
    """The outlets as an HTML table, at most 100; one or more, in the given order."""
    shown = found[:MOST]
    bounds = [bound for outlet in shown if outlet.lean for bound in (outlet.lean.low, outlet.lean.high)]
    scale = max(_LEAST, *map(abs, bounds)) if bounds else _LEAST
    rows = [
        (outlet, outlet.lean and lean_direction(outlet.lean), outlet.lean and _drawn(outlet, scale)) for outlet in shown
    ]
    return render("outlets.html", rows=rows, more=len(found) - len(shown), width=_WIDTH, height=_HEIGHT)


def _drawn(outlet: OutletReading, scale: float) -> tuple[float, float, float]:
    """Where the interval of a lean begins, the lean is, and the interval ends, in pixels from the left."""
    assert outlet.lean is not None
    low, middle, high = (
        (1 + x / scale) / 2 * _WIDTH for x in (outlet.lean.low, outlet.lean.difference, outlet.lean.high)
    )
    return low, middle, high
