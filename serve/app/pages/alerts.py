"""The alerts page, read-only: what is watched, in words, and what was raised lately."""

from typing import Any

import gradio as gr
from gradio.events import api

from serve.api.alert_schemas import Alerts
from serve.api.ports import StoreUnavailableError
from serve.app import panels
from serve.app.context import AppContext, Page
from serve.markup import render

_EVENTS = 20


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    shown = gr.HTML(panels.loading("Loading the alerts"), elem_id="alerts")
    page.shown(lambda: show(context), None, shown)

    def alerts() -> dict[str, Any]:
        return describe(context)

    api(alerts, api_name="alerts", concurrency_limit=None)


def show(context: AppContext) -> str:
    """The page as HTML; what is missing is said in its place. What was raised is shown as text and nothing else."""
    try:
        found = context.store.alerts(_EVENTS)
    except StoreUnavailableError as error:
        return panels.store_unreachable(str(error))
    return render("alerts.html", watched=found.watched, events=found.events, now=context.clock())


def describe(context: AppContext) -> dict[str, Any]:
    """The same as plain data, as /v1/alerts answers; an `error` if the store does not answer."""
    try:
        return Alerts.of(context.store.alerts(_EVENTS)).model_dump(mode="json")
    except StoreUnavailableError as error:
        return {"error": str(error)}
