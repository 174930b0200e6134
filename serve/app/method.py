"""The page of how the number is made: `docs/method.md` as HTML, at /method. It loads nothing and runs no script."""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import Response

from serve.api.caching import cached
from serve.api.drawing import DARK, LIGHT
from serve.app.guard import page_error
from serve.markup import render, trusted

PAGE = Path(__file__).resolve().parents[2] / "docs" / "method.md"
_COLOURS = {"light": LIGHT.variables(), "dark": DARK.variables()}


def add_method_page(app: FastAPI, page: Path = PAGE) -> None:
    """Add /method to the app; 404 where the page was not installed beside it."""

    @app.get("/method")
    def method(request: Request) -> Response:
        try:
            text = page.read_text(encoding="utf-8")
        except FileNotFoundError:
            return page_error(404, "the page of the method is not part of this installation")
        return cached(request, method_page(text), "text/html", {"Content-Security-Policy": _policy()})


@lru_cache(maxsize=1)
def method_page(text: str) -> str:
    """The page as HTML; `text` is CommonMark with tables, its first line the title, and any HTML in it is text."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - not needed to start

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in tokens:
        if "style" in token.attrs:  # alignment of a cell, which the policy would refuse
            token.attrs["class"] = str(token.attrs.pop("style")).removeprefix("text-align:")
    body = markdown.renderer.render(tokens, markdown.options, {})
    title = text.partition("\n")[0].lstrip("# ")
    return render("method.html", title=title, body=trusted(body), **_COLOURS)


def _policy() -> str:
    digest = b64encode(sha256(render("method.css", **_COLOURS).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
