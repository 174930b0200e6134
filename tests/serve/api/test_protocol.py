"""Connections as hostile clients hold them: real sockets against a real server."""

import asyncio
import resource
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from serve.api.protocol import raise_file_limit

HEAD = b"GET /health HTTP/1.1\r\nHost: x\r\n"
Serve = Callable[..., AbstractContextManager[httpx.Client]]


def small_service() -> FastAPI:
    app = FastAPI()

    @app.get("/health")
    async def health() -> Response:
        return PlainTextResponse("healthy")

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * 30_000_000)

    @app.get("/endless")
    async def endless(request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"and so on"
            while not await request.is_disconnected():
                await asyncio.sleep(0.02)

        return StreamingResponse(parts())

    return app


@pytest.fixture
def serve(run: Serve) -> Serve:
    return lambda **changes: run(small_service(), **changes)


@contextmanager
def connected(client: httpx.Client, count: int = 1, source: str = "127.0.0.2") -> Iterator[list[socket.socket]]:
    """Connections from an address that is no proxy's."""
    address = (client.base_url.host, client.base_url.port or 0)
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(address, timeout=10, source_address=(source, 0)))
            for _ in range(count)
        ]


def read_to_end(connection: socket.socket) -> bytes:
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def ask(connection: socket.socket, path: str = "/health") -> bytes:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return answer_of(connection)


def answer_of(connection: socket.socket) -> bytes:
    """A head and the start of a body."""
    answer = b""
    while not answer.partition(b"\r\n\r\n")[2]:
        answer += connection.recv(65_536)
    return answer


def test_silent_connection_is_closed(serve: Serve) -> None:
    with serve(head_seconds=0.2) as client, connected(client) as (silent,):
        assert read_to_end(silent) == b""


def test_trickling_head_is_refused_in_time(serve: Serve) -> None:
    with serve(head_seconds=0.4) as client, connected(client) as (slow,):
        answer, start = b"", time.monotonic()
        slow.settimeout(0.05)
        for byte in HEAD * 10:
            try:
                slow.sendall(bytes([byte]))
                if answer := slow.recv(1000):
                    break
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ") and b"Connection: close" in answer
        assert b"the head of the request did not arrive within 0.4 s" in answer
        assert 0.3 < time.monotonic() - start < 5


def test_second_head_has_the_same_limit(serve: Serve) -> None:
    with serve(head_seconds=0.3, keep_alive_seconds=30) as client, connected(client) as (slow,):
        assert b"healthy" in ask(slow)
        time.sleep(0.5)
        assert b"healthy" in ask(slow), "the time starts with a head, not between two"
        slow.sendall(HEAD)
        assert read_to_end(slow).startswith(b"HTTP/1.1 408 ")


def test_body_after_the_answer_ends(serve: Serve) -> None:
    with serve(head_seconds=0.3, keep_alive_seconds=30) as client, connected(client) as (sender,):
        sender.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n")
        assert b"healthy" in answer_of(sender)
        ended = False
        for _ in range(100):
            try:
                sender.sendall(b"x")
                time.sleep(0.05)
            except OSError:
                ended = True
                break
        assert ended, "an endless body that nobody reads holds no connection"


def test_unread_answer_is_given_up(serve: Serve) -> None:
    with serve(read_seconds=0.2) as client, connected(client, 2) as (lazy, patient):
        for connection in (lazy, patient):
            connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert len(read_to_end(patient)) > 30_000_000
        time.sleep(0.8)
        assert len(read_to_end(lazy)) < 30_000_000


def test_silent_flood_shuts_nobody_out(serve: Serve) -> None:
    with (
        serve(max_connections=50, connections_per_client=20) as client,
        connected(client, 30) as one,
        connected(client, 200, "127.0.0.1") as proxied,
    ):
        for source in ("127.0.0.2", "127.0.0.3"):
            with connected(client, 1, source) as (fresh,):
                assert b"healthy" in ask(fresh)
        assert [read_to_end(dropped) for dropped in one[:10] + proxied[:100]] == [b""] * 110
        assert b"healthy" in ask(proxied[-1]), "the newest of them may still ask"


def test_health_answers_when_all_are_busy(serve: Serve) -> None:
    with serve(max_connections=3) as client, connected(client, 3) as busy:
        for connection in busy:
            assert ask(connection, "/endless").startswith(b"HTTP/1.1 200 ")
        with connected(client, 2, "127.0.0.3") as (watcher, other):
            assert b"healthy" in ask(watcher)
            refused = ask(other, "/large")
        assert refused.startswith(b"HTTP/1.1 503 ") and b"too many open connections" in refused
        assert b"retry-after: 5" in refused.lower()


def test_files_limit_is_raised_to_hard() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1000, before[1]), before[1]))
        assert raise_file_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(1000, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
