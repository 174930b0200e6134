"""For operators: Prometheus metrics and one structured log line a request. Titles are not logged."""

import logging
import re
import sys
import time
from typing import Any
from uuid import uuid4

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.api.errors import error_response
from serve.api.settings import ApiSettings

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one service, in their own registry so that two services can share a process."""

    def __init__(self, *collectors: Collector) -> None:
        self.registry = CollectorRegistry()
        for collector in collectors:
            self.registry.register(collector)
        labels = ("method", "path", "status")
        self.requests = Counter("barometer_http_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "barometer_http_request_seconds",
            "Time from the request's headers to the end of the response.",
            ("path",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.open = Gauge("barometer_http_requests_open", "Requests in progress.", registry=self.registry)


class Observe:
    """Outermost middleware: gives every request an id, times and logs it, and answers 500 to uncaught exceptions."""

    def __init__(self, app: ASGIApp, metrics: Metrics, service: str) -> None:
        self.app, self.metrics = app, metrics
        self.log = structlog.get_logger(service=service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and record its outcome."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request_id = _request_id(scope)
        start, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        with self.metrics.open.track_inprogress(), structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, watched)
            except Exception:  # the last place to log any fault with its request
                self.log.exception("fault", method=scope["method"], path=_template(scope))
                if not status:
                    await error_response(500, f"internal error; request {request_id}")(scope, receive, watched)
            self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        path = _template(scope)
        self.metrics.requests.labels(method, path, str(status)).inc()
        self.metrics.seconds.labels(path).observe(seconds)
        client = (scope.get("client") or (None,))[0]
        self.log.info(
            "request", method=method, path=path, status=status, ms=round(seconds * 1000, 2), client=client
        )  # fmt: skip


def _template(scope: Scope) -> str:
    """The route's template, so that callers cannot create unbounded label values."""
    return str(getattr(scope.get("route"), "path", "unmatched"))


def _request_id(scope: Scope) -> str:
    """The caller's id if it is a plain word, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode() if _REQUEST_ID.fullmatch(given) else uuid4().hex


def configure_logging(settings: ApiSettings) -> None:
    """Write logs, including uvicorn's, to standard error: JSON lines, or coloured text for people. Times are UTC."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = settings.log_format == "json"
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer()]
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        [*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    processors = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=processors, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # A line for every request that httpx makes is noise.
    logging.getLogger("httpx").setLevel(logging.WARNING)
