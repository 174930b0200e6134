"""What the head of the page tells search engines, link previews and the browser's own bars."""

import re
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.app.theme import DARK_BACKGROUND, LIGHT_BACKGROUND

# Previews are made from the HTML as it is sent; Gradio's `head` argument is applied by the browser only, and its
# template describes Gradio and has the preview load a picture of it from another host.
_OF_GRADIO = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')


def tags(title: str, description: str) -> str:
    """The meta tags of a page, escaped."""
    title, description = escape(title), escape(description)
    return f"""<meta name="description" content="{description}">
<meta property="og:type" content="website"><meta property="og:title" content="{title}">
<meta property="og:description" content="{description}"><meta name="twitter:card" content="summary">
<meta name="theme-color" content="{LIGHT_BACKGROUND}" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="{DARK_BACKGROUND}" media="(prefers-color-scheme: dark)">
"""


class HeadTags:
    """Middleware that puts tags at the start of the head of the page at /, in place of those of Gradio's template."""

    def __init__(self, app: ASGIApp, tags: str) -> None:
        self._app, self._tags = app, tags.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET":
            # What is compressed further in could not be read here.
            plain = [(key, value) for key, value in scope["headers"] if key != b"accept-encoding"]
            await self._app({**scope, "headers": plain}, receive, _Rewriter(send, self._tags))
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
            MutableHeaders(raw=self._start["headers"])["content-length"] = str(len(self._body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})
