"""Middleware in front of Gradio: only the routes that the pages use, and limits on what they cost, for each client.

Gradio has more than eighty routes, takes files of any number, lets anybody fill its queue, and, mounted in another
application as here, reads any file of the machine that a request names. Messages of refusals appear in the page.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qs

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serve.api.edge import path_within
from serve.api.limits import BodyLimit, RateLimit, TokenBuckets, client_key, replay
from serve.api.settings import AppSettings
from serve.app.jobs import Jobs
from serve.app.uploads import Uploads, take_upload

_ENVELOPE = 16_384  # what a form adds to its file
_NO_PATH = object()
_SESSIONS = 64  # no page keeps anything in its session, but Gradio makes one for each
# The first that matches counts. What is not ours (the data API, /health, /metrics) has limits of its own.
_ROUTES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("free", "GET HEAD POST OPTIONS", re.compile(r"/health|/metrics|/api(/.*)?")),
    ("free", "GET HEAD", re.compile(r"/(assets|static)/.+|/(theme\.css|favicon\.ico|robots\.txt|manifest\.json)")),
    ("free", "GET HEAD", re.compile(r"/icon-[a-z0-9]+\.png")),
    ("page", "GET HEAD", re.compile(r"/|/method|/config/?|/gradio_api/(info/?|startup-events|theme\.css)")),
    ("stream", "GET", re.compile(r"/gradio_api/queue/data")),
    ("upload", "POST", re.compile(r"/gradio_api/upload")),
    ("job", "POST", re.compile(r"/gradio_api/((run|api)/[^/]+/?|queue/join)")),
)


def page_error(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error that Gradio's page shows: it reads `detail` of queued jobs and `error` of others."""
    return JSONResponse({"detail": detail, "error": detail}, status, headers)


def upload_error(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error of an upload, which Gradio's page shows as it is."""
    return PlainTextResponse(detail, status, headers)


def set_queue(blocks: gr.Blocks, settings: AppSettings) -> None:
    """Bound Gradio's queue and what it keeps; to be called before `blocks` is mounted.

    One client cannot have all of the jobs that run at once.
    """
    blocks.queue(max_size=settings.max_jobs, default_concurrency_limit=2 * settings.jobs_per_client)
    blocks._queue.ANALYTICS_MAX_EVENTS = 1  # of no use here, and summed up after each job
    blocks.state_session_capacity = _SESSIONS


class Guard:
    """Serves what pages need, within limits, and refuses the rest."""

    def __init__(self, app: ASGIApp, blocks: gr.Blocks, settings: AppSettings) -> None:
        """Guard `app`.

        Args:
            app: the application with Gradio in it.
            blocks: the pages, whose queue is counted.
            settings: the limits.
        """
        self._app, self._settings = app, settings
        self._uploads = Uploads(settings.upload_bytes)
        self._streams: Counter[str] = Counter()
        buckets = TokenBuckets(settings.jobs_per_second, settings.jobs_burst)
        self._jobs = Jobs(blocks._queue, buckets, settings.jobs_per_client, settings.max_jobs)
        size, seconds = settings.max_body_bytes, settings.body_seconds
        self._routes: dict[str, ASGIApp] = {
            "free": app,
            "page": RateLimit(app, TokenBuckets(settings.rate_per_second, settings.rate_burst)),
            "stream": self._stream,
            "upload": BodyLimit(self._upload, size + _ENVELOPE, seconds, upload_error),
            "job": BodyLimit(self._job, size, seconds, page_error),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = path_within(scope)
        kind = next((kind for kind, methods, known in _ROUTES
                     if scope["method"] in methods.split() and known.fullmatch(path)), None)  # fmt: skip
        if kind is None:
            return await page_error(404, "the app has no such address")(scope, receive, send)
        if kind in {"job", "upload"}:
            return await self._admit(kind, scope, receive, send)
        return await self._routes[kind](scope, receive, send)

    async def _admit(self, kind: str, scope: Scope, receive: Receive, send: Send) -> None:
        client = client_key(scope)
        refusal = self._jobs.refusal(client)
        if refusal is not None:
            told = upload_error if kind == "upload" else page_error
            headers = {"Retry-After": str(refusal.seconds)}
            return await told(refusal.status, refusal.reason, headers)(scope, receive, send)
        with self._jobs.counted(client):
            await self._routes[kind](scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await take_upload(self._uploads, client_key(scope), self._settings.max_body_bytes, request)
        await answer(scope, receive, send)

    async def _job(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return await page_error(400, "the body is not JSON in UTF-8")(scope, receive, send)
        if not self._names_only_uploads(asked):
            return await page_error(400, "upload the file first; it may have been deleted")(scope, receive, send)
        session = asked.get("session_hash") if isinstance(asked, dict) else None
        if isinstance(session, str) and scope["path"].endswith("/queue/join"):
            self._jobs.remember(session)
        await self._app(scope, replay(body, receive), send)

    def _names_only_uploads(self, asked: object) -> bool:
        left = [asked]
        while left:
            value = left.pop()
            if isinstance(value, dict):
                path = value.get("path", _NO_PATH)
                if path is not _NO_PATH and not (isinstance(path, str) and path in self._uploads):
                    return False
                left.extend(value.values())
            elif isinstance(value, list):
                left.extend(value)
        return True

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = client_key(scope)
        if not self._jobs.waits(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]):
            return await page_error(404, "this page waits for nothing")(scope, receive, send)
        if self._streams[client] >= self._settings.streams_per_client:
            reason = (
                f"Your address waits for {self._settings.streams_per_client} answers; try again when they are here."
            )
            return await page_error(429, reason, {"Retry-After": "1"})(scope, receive, send)
        self._streams[client] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._streams[client] -= 1
            self._streams += Counter()
