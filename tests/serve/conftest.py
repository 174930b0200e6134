"""The services as they run: uvicorn on a free port of loopback, in a thread, asked through httpx.

And a reverse proxy before one: nginx where it is installed, and a small one of Starlette and httpx everywhere.
"""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from barometer.predictor import Predictor
from serve.api.model_api import create_model_api
from serve.api.run import server_config
from serve.api.settings import ApiSettings

PREFIX = "/mood"
# Of one connection, not of the message.
_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "host", "content-length", "keep-alive"})
_NGINX = """daemon off; pid {folder}/pid; events {{}}
http {{
  access_log off; client_max_body_size 8m; client_body_buffer_size 8m; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/a; uwsgi_temp_path {folder}/b; scgi_temp_path {folder}/c;
  server {{
    listen 127.0.0.1:{port};
    location {prefix}/ {{ proxy_pass {target}; proxy_http_version 1.1; proxy_buffering off; {headers} }}
  }}
}}
"""
ReverseProxy = Callable[..., AbstractContextManager[str]]


@pytest.fixture(params=["nginx", "starlette"])
def reverse_proxy(request: pytest.FixtureRequest, tmp_path: Path) -> ReverseProxy:
    """Puts a proxy before a service: `with reverse_proxy(target, strip=True, keep_host=True, **headers) as address`.

    The service is then below /mood/ of another port. `strip` takes the prefix off; headers are named in Python's way.
    """
    if request.param == "nginx" and not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    serve = _nginx if request.param == "nginx" else _starlette

    @contextmanager
    def start(target: str, *, strip: bool = True, keep_host: bool = True, **headers: str) -> Iterator[str]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with serve(tmp_path, target, strip, keep_host, sent) as port:
            yield f"http://127.0.0.1:{port}{PREFIX}"

    return start


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < end, "the proxy did not start"
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _nginx(folder: Path, target: str, strip: bool, keep_host: bool, headers: Mapping[str, str]) -> Iterator[int]:
    port = _free_port()
    sent = dict(headers) | ({"Host": "$http_host"} if keep_host else {})
    lines = " ".join(f"proxy_set_header {name} {value};" for name, value in sent.items())
    conf = folder / "nginx.conf"
    target += "/" if strip else ""
    conf.write_text(_NGINX.format(folder=folder, port=port, prefix=PREFIX, target=target, headers=lines))
    process = subprocess.Popen(["nginx", "-c", str(conf), "-e", str(folder / "errors")])
    try:
        _wait(lambda: process.poll() is None and _listens(port))
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _starlette(_: Path, target: str, strip: bool, keep_host: bool, headers: Mapping[str, str]) -> Iterator[int]:
    async def passed_on(request: Request) -> StreamingResponse:
        path = request.url.path.removeprefix(PREFIX) if strip else request.url.path
        host = request.headers["host"] if keep_host else urlsplit(target).netloc
        url = httpx.URL(target).copy_with(raw_path=f"{path}?{request.url.query}".rstrip("?").encode())
        kept = [(name, value) for name, value in request.headers.items() if name not in _HOP_BY_HOP]
        client: httpx.AsyncClient = request.app.state.client
        asked = client.build_request(
            request.method, url, headers=[*kept, ("host", host), *headers.items()], content=await request.body()
        )
        answer = await client.send(asked, stream=True)
        passing = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
        passing.raw_headers = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower() != b"transfer-encoding"
        ]
        return passing

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=None, trust_env=False) as app.state.client:
            yield

    methods = ["GET", "HEAD", "POST", "OPTIONS"]
    app = Starlette(routes=[Route(f"{PREFIX}/{{path:path}}", passed_on, methods=methods)], lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _wait(lambda: server.started)
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


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
def quiet_logs() -> Iterator[None]:
    """Log lines are made, but not printed between the dots of the tests."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def model_client(int8_artifact: Path) -> Iterator[httpx.Client]:
    """A client of a model API that serves `int8_artifact` and is ready."""
    settings = unlimited(model=int8_artifact)
    with serving(create_model_api(settings, Predictor.load), settings) as client:
        wait_for(lambda: client.get("/health").status_code == 200)
        yield client
