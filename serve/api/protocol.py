"""HTTP as uvicorn speaks it, with the time limits that it lacks: for a request's head, and for reading an answer.

uvicorn limits neither, and answers 503 to everybody once too many connections are open. This adds a registry of
connections and two timers to its protocol on h11, which both APIs and the app use.
"""

import asyncio
import resource
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from serve.api.connections import RESERVE, Connections
from serve.api.edge import Hosts, path_within, trusted_hosts
from serve.api.errors import RETRY_SECONDS, error_response
from serve.api.limits import UNLIMITED_PATHS, client_key
from serve.api.settings import ApiSettings

_LATE = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b"
)
_SLOWEST = 1_000  # bytes a second: whoever reads an answer more slowly is not waited for
_FILES = 256  # descriptors for what is no connection: the store, the model, logs, uploads
_MOST_FILES = 65_536  # where the system names no limit


@dataclass(frozen=True, slots=True)
class Guard:
    """What the connections of one server share.

    Attributes:
        connections: those that are open.
        head_seconds: time for the head of a request.
        read_seconds: time in which a client must read a part of its answer.
        trusted: the addresses of proxies.
    """

    connections: Connections
    head_seconds: float
    read_seconds: float
    trusted: Hosts


class GuardedProtocol(H11Protocol):
    """A connection that is closed when its client takes too long to ask, or to read.

    The time for a head runs from the connection, or from the first byte of a later request, until the head is whole;
    bytes do not extend it. Between requests uvicorn's limit for idle connections counts.

    Attributes:
        guard: what the connections of the server share.
    """

    guard: ClassVar[Guard]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None
        self._begun = self._asking = self._crowded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection and start the time for its first head."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self.guard.head_seconds, self._late)
        host = self.client[0] if self.client else ""
        client = None if not host or host in self.guard.trusted else client_key({"client": self.client})
        if not self.guard.connections.opened(self, client):
            self._crowded, self.app = True, cast(ASGI3Application, OnlyMonitoring(cast(ASGIApp, self.app)))

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection, and its time."""
        self.guard.connections.closed(self)
        self._stop_head_timer()
        self._stop_read_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on; see whether they make up a head."""
        super().data_received(data)
        self._begun = True
        if self._in_progress() or self.transport.is_closing():
            self._stop_head_timer()
            if not self._asking:
                self._asking = True
                self.guard.connections.asks(self)
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.guard.head_seconds, self._late)

    def on_response_complete(self) -> None:
        """Become idle, unless another request has come already; an answer that waits to be read is watched."""
        if self._crowded:
            self.transport.close()
        super().on_response_complete()
        self._watch_reading()
        if not self._in_progress():
            self._begun = self._asking = False
            self.guard.connections.rests(self)

    def pause_writing(self) -> None:
        """The client reads more slowly than the answer is written."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """The client has read enough."""
        super().resume_writing()
        self._stop_read_timer()

    def drop(self) -> None:
        """Close the connection at once, whatever is still to be sent."""
        self._stop_head_timer()
        self.transport.abort()

    def _in_progress(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _late(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self._begun:
            told = b'{"detail": "the head of the request did not arrive within %g s"}' % self.guard.head_seconds
            self.transport.write(_LATE % (len(told), told))
        self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _watch_reading(self) -> None:
        self._stop_read_timer()
        unread = self.transport.get_write_buffer_size()
        if unread:
            self._read_timer = self.loop.call_later(self.guard.read_seconds, self._unread, unread)

    def _unread(self, before: int) -> None:
        self._read_timer = None
        if self.transport.get_write_buffer_size() > max(0, before - _SLOWEST * self.guard.read_seconds):
            self.drop()
        else:
            self._watch_reading()

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None


class OnlyMonitoring:
    """Answers what monitoring asks, and 503 to everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if path_within(scope) in UNLIMITED_PATHS:
            return await self.app(scope, receive, send)
        headers = {"Retry-After": str(RETRY_SECONDS), "Connection": "close"}
        return await error_response(503, "too many open connections; try again later", headers)(scope, receive, send)


def guarded(settings: ApiSettings) -> type[GuardedProtocol]:
    """The protocol for one server, with the limits of `settings` and connections of its own.

    Never more connections than the process may open files, less what else it needs.
    """
    limit = max(1, min(settings.max_connections, raise_file_limit() - _FILES - RESERVE))

    connections = Connections(limit, settings.connections_per_client)

    class Guarded(GuardedProtocol):
        guard = Guard(
            connections, settings.head_seconds, settings.read_seconds, trusted_hosts(settings.trusted_proxies)
        )

    return Guarded


def raise_file_limit() -> int:
    """Let this process open as many files as the system allows it, and return how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
