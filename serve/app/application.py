"""The application that is served: the pages at /, the data API below /api, /health and /metrics beside them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial

import gradio as gr
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from barometer.predictor import Predictor
from serve.api.data_api import Clock, create_data_api, utc_now
from serve.api.edge import path_within
from serve.api.model_api import health_of, switch_for
from serve.api.observe import Metrics, Observe
from serve.api.ports import LoadScorer, OpenStore
from serve.api.run import opener, run
from serve.api.service import HealthGauges, add_metrics
from serve.api.settings import AppSettings
from serve.app.context import AppContext
from serve.app.guard import Guard, set_queue
from serve.app.install import add_install_routes
from serve.app.layout import DESCRIPTION, TITLE, HeadTags, build_blocks, head_tags
from serve.app.method import add_method_page
from serve.app.theme import STATIC, colour_sheet, script, theme

Background = Callable[[], AbstractAsyncContextManager[None]]


def serve_app(settings: AppSettings) -> None:
    """Serve the app on `settings.app_port` until SIGTERM or Ctrl-C; raises as `opener` does."""
    run(create_app(settings, opener(settings), Predictor.load), settings.app_port, settings)


def create_app(
    settings: AppSettings,
    open_store: OpenStore,
    load_scorer: LoadScorer,
    clock: Clock = utc_now,
    background: Background = nullcontext,
) -> FastAPI:
    """Create the app. Pages open at once; parts that need the store or the model say so until they are available.

    Args:
        settings: limits, folders, and the folder of the artifact.
        open_store: opens the store; the pages and the data API have one each.
        load_scorer: folder of an artifact -> scorer; called again when the artifact changes.
        clock: the current time in UTC.
        background: entered at startup and left at shutdown, for work beside the pages.
    """
    switch = switch_for(settings, load_scorer)
    api = create_data_api(settings, open_store, clock)
    opened = open_store()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # A mounted application's own lifespan is not run by its parent.
        try:
            async with switch.watched(settings.model_poll_seconds), api.router.lifespan_context(api), background():
                yield
        finally:
            opened.__exit__(None, None, None)

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/api", api)

    @app.get("/health")
    def health() -> dict[str, bool]:
        return {"alive": True, "model_ready": switch.ready}

    add_method_page(app)
    context = AppContext(opened.__enter__(), switch, settings.reports, settings.market, clock, settings.stale_hours)
    add_install_routes(app)
    metrics = Metrics(HealthGauges(partial(health_of, switch)))
    add_metrics(app, metrics)
    mounted = _with_pages(app, build_blocks(context), settings)
    mounted.add_middleware(ObservePages, metrics=metrics)
    return mounted


class ObservePages:
    """`Observe` for all but the mounted data API, which observes itself: its metrics are at /api/metrics."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.observed = app, Observe(app, metrics, "app")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        inner = scope["type"] == "http" and path_within(scope).startswith("/api/")
        await (self.app if inner else self.observed)(scope, receive, send)


def _with_pages(app: FastAPI, blocks: gr.Blocks, settings: AppSettings) -> FastAPI:
    """`app` with the pages at /, with the project's own look and head, guarded."""
    set_queue(blocks, settings)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        theme=theme(),
        css=colour_sheet(),
        css_paths=sorted(STATIC.glob("*.css")),
        js=script("keyboard.js") + script("names.js"),
        favicon_path=str(STATIC / "favicon.svg"),
        show_error=False,
        max_file_size=settings.max_body_bytes,
    )
    mounted.add_middleware(Guard, blocks=blocks, settings=settings)
    mounted.add_middleware(HeadTags, tags=partial(head_tags, TITLE, DESCRIPTION))
    mounted.add_middleware(GZipMiddleware, compresslevel=6)  # the page in 3 ms; 9 takes 5 to save 1%
    return mounted
