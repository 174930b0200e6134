"""The services as they run: uvicorn on a free port of loopback, in a thread, asked through httpx."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI

from barometer.predictor import Predictor
from serve.api.model_api import create_model_api
from serve.api.run import server_config
from serve.api.settings import ApiSettings


@pytest.fixture(scope="session", autouse=True)
def _quiet_logs() -> Iterator[None]:
    """Log lines are made, but not printed between the dots of the tests."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


Running = Callable[..., AbstractContextManager[httpx.Client]]


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return when `condition` holds; fail when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"still not after {seconds} s"
        time.sleep(0.02)


@contextmanager
def serving(app: FastAPI, settings: ApiSettings) -> Iterator[httpx.Client]:
    """A client of `app`, which answers on a free port until the end."""
    server = uvicorn.Server(server_config(app, 0, settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        with httpx.Client(base_url=f"http://{host}:{port}", timeout=60, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def run() -> Running:
    """Starts an application with `run(app)`, which gives a client while the block lasts; the rest are settings.

    The settings are the server's only, such as its limits on connections.
    """
    return lambda app, **changes: serving(app, unlimited(**changes))


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """`wait_for`."""
    return wait_for


def unlimited(**changes: object) -> ApiSettings:
    """Settings under which tests may ask as often as they like."""
    values = {"rate_per_second": 1e6, "rate_burst": 1_000_000, "model_poll_seconds": 0.05, **changes}
    return ApiSettings.model_validate(values)


@pytest.fixture(scope="session")
def settings_with() -> Callable[..., ApiSettings]:
    """`unlimited`: settings under which tests may ask as often as they like, with changes."""
    return unlimited


@pytest.fixture(scope="session")
def model_client(int8_artifact: Path) -> Iterator[httpx.Client]:
    """A client of a model API that serves `int8_artifact` and is ready."""
    settings = unlimited(model=int8_artifact)
    with serving(create_model_api(settings, Predictor.load), settings) as client:
        wait_for(lambda: client.get("/health").status_code == 200)
        yield client
