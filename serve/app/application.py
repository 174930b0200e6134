"""The application that is served: the pages at /, the data API below /api, /health beside them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

import gradio as gr
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from barometer.predictor import available_cores
from serve.api.data_api import Clock, create_data_api, utc_now
from serve.api.ports import LoadScorer, OpenStore
from serve.api.switch import ModelSwitch
from serve.app.context import AppContext
from serve.app.head import HeadTags, tags
from serve.app.layout import DESCRIPTION, TITLE, build_blocks
from serve.app.settings import AppSettings
from serve.app.theme import STATIC, theme

Background = Callable[[], AbstractAsyncContextManager[None]]


def create_app(
    settings: AppSettings,
    open_store: OpenStore,
    load_scorer: LoadScorer,
    clock: Clock = utc_now,
    background: Background = nullcontext,
) -> FastAPI:
    """Make the app. Pages open at once; what needs the store or the model says so until they are there.

    Args:
        settings: limits, folders, and where the artifact is.
        open_store: opens the store; the pages and the data API have one each.
        load_scorer: folder of an artifact -> what scores with it; called again when the artifact changes.
        clock: the time now, in UTC.
        background: entered when the app starts and left when it stops, for work beside the pages.
    """
    switch = ModelSwitch(settings.model, load_scorer, settings.score_threads or available_cores(), settings.max_waiting)
    api = create_data_api(settings, open_store, clock)
    opened = open_store()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # A mounted application's own lifespan is not run by the one that it is mounted in.
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

    context = AppContext(opened.__enter__(), switch, settings.reports, settings.market, clock, settings.stale_hours)
    return _with_pages(app, build_blocks(context))


def _with_pages(app: FastAPI, blocks: gr.Blocks) -> FastAPI:
    """`app` with the pages at /, in the project's own looks and with its own head."""
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        theme=theme(),
        css_paths=sorted(STATIC.glob("*.css")),
        js=(STATIC / "keyboard.js").read_text(encoding="utf-8"),
        favicon_path=str(STATIC / "favicon.svg"),
        show_error=False,
        max_file_size="1mb",
    )
    mounted.add_middleware(HeadTags, tags=tags(TITLE, DESCRIPTION))
    mounted.add_middleware(GZipMiddleware)
    return mounted
