"""Runs a service until it is stopped: the entry points of `barometer serve model|data`."""

import gc

import uvicorn
from fastapi import FastAPI

from barometer.predictor import Predictor
from serve.api.edge import at_the_edge
from serve.api.model_api import create_model_api
from serve.api.observe import configure_logging
from serve.api.ports import OpenStore
from serve.api.protocol import guarded
from serve.api.settings import PREFIX, ApiSettings, ApiSettingsError


def serve_model(settings: ApiSettings) -> None:
    """Serve the model API on `settings.model_port` until SIGTERM or Ctrl-C."""
    run(create_model_api(settings, Predictor.load), settings.model_port, settings)


def serve_data(settings: ApiSettings) -> None:
    """Serve the data API on `settings.data_port` until SIGTERM or Ctrl-C; raises as `opener` does."""
    from serve.api.data_api import create_data_api  # noqa: PLC0415 - the model API needs no database

    run(create_data_api(settings, opener(settings)), settings.data_port, settings)


def opener(settings: ApiSettings) -> OpenStore:
    """Return a function that opens the store at `settings.database_url`.

    Raises:
        ApiSettingsError: if the URL cannot be one of a store.
    """
    from barometer.live.store.engine import StoreError  # noqa: PLC0415 - the model API needs no database
    from serve.api.store import Shown, store_opener  # noqa: PLC0415

    shown = Shown(settings.weights, settings.coins_alone)
    try:
        return store_opener(settings.database_url.get_secret_value(), shown)
    except StoreError as error:
        raise ApiSettingsError(f"{PREFIX}DATABASE_URL: {error}") from None


def server_config(app: FastAPI, port: int, settings: ApiSettings) -> uvicorn.Config:
    """The uvicorn configuration for `app`; for one server, as connections are counted by server."""
    return uvicorn.Config(
        at_the_edge(app, settings),
        host=settings.host,
        port=port,
        http=guarded(settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # read at the edge
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def run(app: FastAPI, port: int, settings: ApiSettings) -> None:
    """Serve an application until SIGTERM or Ctrl-C."""
    # Loaded objects stay: scanning them for garbage would occasionally double the time of a large answer.
    gc.collect()
    gc.freeze()
    configure_logging(settings)
    uvicorn.Server(server_config(app, port, settings)).run()
