"""A reverse proxy before a service: nginx where it is installed, and a small one of Starlette and httpx everywhere."""

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
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

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
