"""What both services share: middleware in its order, errors, `/health` and `/metrics`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response

from serve.api import errors
from serve.api.limits import BodyLimit, RateLimit, TokenBuckets
from serve.api.observe import Metrics, Observe
from serve.api.settings import ApiSettings

API_VERSION = "1"
LifespanOf = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Health(BaseModel):
    """Alive: the process answers. Ready: it can serve requests; if not, `reason` explains why."""

    alive: Literal[True] = True
    ready: bool
    model_version: str | None = Field(default=None, examples=["3f9a1c02d7be"])
    reason: str | None = Field(default=None, examples=[None])


class HealthGauges(Collector):
    """Readiness and the model in use, asked when `/metrics` is."""

    def __init__(self, health: Callable[[], Health]) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges of this moment."""
        found = self._health()
        yield GaugeMetricFamily("barometer_ready", "1 if the service is ready, else 0.", found.ready)
        degraded = found.ready and found.reason is not None
        about = "1 if the service is ready, yet /health gives a reason, such as a newer model that was refused."
        yield GaugeMetricFamily("barometer_degraded", about, degraded)
        version = GaugeMetricFamily("barometer_model_info", "The model version in use.", labels=["version"])
        if found.model_version:
            version.add_metric([found.model_version], 1)
        yield version


class Live(BaseModel):
    """The process answers."""

    alive: Literal[True] = True


def create_service(
    name: str,
    description: str,
    settings: ApiSettings,
    lifespan: LifespanOf,
    health: Callable[[], Health],
    collectors: Sequence[Collector] = (),
    browser_headers: Sequence[str] = (),
) -> FastAPI:
    """Create an application with the limits of `settings` and health checks; the caller adds its routes.

    Args:
        name: the service's name in logs and documentation.
        description: for the documentation.
        settings: limits and CORS.
        lifespan: opens and closes what the service needs.
        health: reports readiness; it may block and is called in a thread.
        collectors: what `/metrics` shows besides requests and readiness.
        browser_headers: request headers that pages of `settings.cors_origins` may send besides the usual ones.
    """
    metrics = Metrics(HealthGauges(health), *collectors)
    # The documentation's assets come from a package, not from a content network, so they load offline too.
    app = FastAPIOffline(title=f"Crypto news barometer: {name} API", version=API_VERSION, description=description,
                  lifespan=lifespan, responses=errors.documented(settings, 408, 429, 503))  # fmt: skip
    # The last one added is the outermost: refusals are logged, and carry the headers that browsers need.
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, seconds=settings.body_seconds)
    app.add_middleware(RateLimit, buckets=TokenBuckets(settings.rate_per_second, settings.rate_burst))
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type", "X-Request-ID", *browser_headers],
        expose_headers=["Retry-After", "Warning", "X-Request-ID"],
    )
    app.add_middleware(Observe, metrics=metrics, service=name)
    app.state.health = health  # for a service that is made of others
    errors.install(app)
    _add_health(app, metrics, health)
    return app


def _add_health(app: FastAPI, metrics: Metrics, health: Callable[[], Health]) -> None:
    not_ready: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "Alive, but not ready"}}

    @app.get("/health", response_model=Health, responses=not_ready, tags=["operation"])
    def readiness() -> Response:
        """Report whether the service is ready: 200 when ready, 503 when only alive."""
        found = health()
        return JSONResponse(found.model_dump(), 200 if found.ready else 503)

    @app.get("/health/live", tags=["operation"])
    async def liveness() -> Live:
        """Report that the process answers, ready or not."""
        return Live()

    add_metrics(app, metrics)


def add_metrics(app: FastAPI, metrics: Metrics) -> None:
    """Add `/metrics` to an application."""
    as_text: dict[int | str, dict[str, Any]] = {
        200: {"content": {"text/plain": {}}, "description": "Metrics in the Prometheus text format"}
    }

    @app.get("/metrics", response_class=Response, responses=as_text, tags=["operation"])
    def read_metrics() -> Response:
        """Metrics for Prometheus."""
        return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
