"""The annotation page: the queue of annotators, how far they agree, the mix of their labels, and drift of the news."""

from typing import Any

import gradio as gr
from gradio.events import api

from barometer.labels import CLASS_NAMES
from barometer.live.records import AnnotationOverview
from serve.api.ports import StoreUnavailableError
from serve.app import panels
from serve.app.context import AppContext, Page
from serve.app.pages.news import is_web_address
from serve.markup import render

_STATES = {"open": "open", "done": "done", "skipped": "skipped", "deleted": "deleted in Label Studio"}


def build(context: AppContext, page: Page) -> None:
    """Lay out the page."""
    shown = gr.HTML(panels.loading("Loading the annotation queue"), elem_id="annotation")
    page.shown(lambda: show(context), None, shown)

    def annotation() -> dict[str, Any]:
        return describe(context)

    api(annotation, api_name="annotation", concurrency_limit=None)


def show(context: AppContext) -> str:
    """The page as HTML; what is missing is said in its place."""
    try:
        found = context.store.annotation()
    except StoreUnavailableError as error:
        return panels.store_unreachable(str(error))
    return render(
        "annotation.html",
        found=found,
        projects=[address for address in found.projects if is_web_address(address)],
        states={title: found.tasks.get(state, 0) for state, title in _STATES.items()},
        mix=_mix(found),
    )


def describe(context: AppContext) -> dict[str, Any]:
    """Queue, label mix, agreement and drift as plain data; an `error` if the store does not answer."""
    try:
        found = context.store.annotation()
    except StoreUnavailableError as error:
        return {"error": str(error)}
    return {
        "waiting": found.waiting,
        "tasks": dict(found.tasks),
        "labels": {name: votes for name, votes, _ in _mix(found)},
        "agreement": found.agreement and dict(found.agreement.result),
        "drift": [{"measured_at": each.measured_at.isoformat(), **each.result} for each in found.drift],
    }


def _mix(found: AnnotationOverview) -> list[tuple[str, int, float]]:
    """Name, number and share of the labels of each class and of "not news"."""
    total = sum(found.votes) or 1
    names = [*CLASS_NAMES, "Not news"]
    return [(name, votes, votes / total) for name, votes in zip(names, found.votes, strict=True)]
