"""The frame of the app: head, header, a tab for each page, footer, dark mode and links (`?tab=news`)."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.api.edge import path_within
from serve.app.context import AppContext, Page
from serve.app.links import preview
from serve.app.pages import alerts, annotation, barometer, model, news, outlets, predict
from serve.app.theme import DARK_BACKGROUND, LIGHT_BACKGROUND, script
from serve.markup import render, trusted

TITLE = "Crypto news barometer"
DESCRIPTION = (
    "How positive is crypto news right now? Every headline is scored, and the scores are averaged to one number."
)
Components = Component | Sequence[Component] | None
# Previews are made from the HTML as it is sent; Gradio's `head` argument is applied by the browser only, and its
# template describes Gradio and makes the preview load a picture from another host.
# A proxy may show the page elsewhere than it says: addresses relative to the page's own are always right.
_RELATIVE = (
    (re.compile(rb'("root":\s*|\bconst root = )"https?://[^"]*"'), rb'\1"."'),
    (re.compile(rb'"/manifest\.json"'), b'"./manifest.json"'),
)
_OF_GRADIO = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')

# Name in the address, title of the tab, function that lays it out.
PAGES: tuple[tuple[str, str, Callable[[AppContext, Page], None]], ...] = (
    ("barometer", "Barometer", barometer.build),
    ("news", "News", news.build),
    ("outlets", "Outlets", outlets.build),
    ("predict", "Try the model", predict.build),
    ("model", "Model", model.build),
    ("annotation", "Annotation", annotation.build),
    ("alerts", "Alerts", alerts.build),
)


def build_blocks(context: AppContext) -> gr.Blocks:
    """Lay out the app. Neither store nor model is used before somebody opens a page."""
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False)
    with blocks:
        gr.HTML(render("header.html", title=TITLE, description=DESCRIPTION), elem_id="header")
        dark = gr.Checkbox(visible="hidden", label="Dark mode", elem_id="dark")
        with gr.Tabs(elem_id="pages", overflow_behavior="wrap"):
            for name, title, build in PAGES:
                with gr.Tab(title, id=name, elem_id=f"page-{name}") as tab:
                    build(context, Page(dark, partial(_fill, tab, name, dark)))
        gr.HTML(render("footer.html"), elem_id="footer")
        blocks.load(None, js=script("show_refusals.js"), api_visibility="private")
        blocks.load(None, js=script("open_tab.js"), api_visibility="private")
        blocks.load(None, js=script("follow_scheme.js"), api_visibility="private")
    return blocks


def _fill(
    tab: gr.Tab, name: str, dark: gr.Checkbox, fn: Callable[..., object], inputs: Components, outputs: Components,
    linked: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    controls = dict(linked or {})
    place = {"tab": name, "elements": [(parameter, control.elem_id) for parameter, control in controls.items()]}
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    values = list(controls.values())
    # The open tab counts as selected when the app is opened, so that the first page is filled, too.
    seen = tab.select(None, values, [dark, *values], js=render("seen_tab.js", **place), **quiet)
    # Not queued: the queue admits one person at a time, and each page shows by itself that it is loading.
    seen.then(fn, inputs, outputs, queue=False, **quiet)
    if values:
        gr.on([control.change for control in values], None, values, js=render("changed.js", **place), **quiet)


def head_tags(title: str, description: str, scope: Scope) -> str:
    """The tags of the page for search engines, link previews and the browser, for the link that a request is for."""
    return render(
        "head.html", title=title, description=description, light=LIGHT_BACKGROUND, dark=DARK_BACKGROUND,
        preview=preview(scope), links=trusted(script("links.js")),
    )  # fmt: skip


class HeadTags:
    """Middleware that puts tags at the start of the head of the page at /, in place of those of Gradio's template.

    `tags` makes them for a request.
    """

    def __init__(self, app: ASGIApp, tags: Callable[[Scope], str]) -> None:
        self._app, self._tags = app, tags

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and path_within(scope) == "/" and scope["method"] == "GET":
            # A compressed page could not be edited here.
            plain = [(key, value) for key, value in scope["headers"] if key != b"accept-encoding"]
            await self._app({**scope, "headers": plain}, receive, _Rewriter(send, self._tags(scope).encode()))
        else:
            await self._app(scope, receive, send)


class _Rewriter:
    def __init__(self, send: Send, tags: bytes) -> None:
        self._send, self._tags = send, tags
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        if Headers(raw=self._start["headers"]).get("content-type", "").startswith("text/html"):
            self._body = _OF_GRADIO.sub(b"", self._body).replace(b"<head>", b"<head>\n" + self._tags, 1)
            for found, relative in _RELATIVE:
                self._body = found.sub(relative, self._body)
            MutableHeaders(raw=self._start["headers"])["content-length"] = str(len(self._body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})
