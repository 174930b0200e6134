"""Limits applied before a request is handled: request rate, body size and upload time for each client."""

import asyncio
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.api.edge import path_within
from serve.api.errors import error_response

# Monitoring must not be rate limited.
UNLIMITED_PATHS = frozenset({"/health", "/health/live", "/metrics"})
MAX_CLIENTS = 10_000
# A body over the limit, but not larger than this, is read to its end so that the client gets to read the refusal.
_DRAINED_BYTES = 8_000_000


# Makes the answer to a refused request: status, reason, headers.
Refuse = Callable[[int, str, Mapping[str, str]], Response]


class TokenBuckets:
    """A token bucket for each client: `burst` requests at once, refilled at `rate` a second.

    Remembers the 10,000 most recent clients; a forgotten one starts with a full bucket.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Take a token of `client`; return 0, or the seconds until one is available."""
        now = self._clock()
        tokens, then = self._buckets.pop(client, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate
        self._buckets[client] = (tokens if wait else tokens - 1, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return wait


def client_key(scope: Scope) -> str:
    """The client of a request: an IPv4 address, or an IPv6 /64 network, which one household has."""
    host = str((scope.get("client") or ("unknown", 0))[0])
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((int(address), 64), strict=False))


class RateLimit:
    """Answers 429 with Retry-After to a client over its rate limit."""

    def __init__(self, app: ASGIApp, buckets: TokenBuckets, refuse: Refuse = error_response) -> None:
        self.app, self.buckets, self.refuse = app, buckets, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] == "http" and path_within(scope) not in UNLIMITED_PATHS:
            wait = math.ceil(self.buckets.take(client_key(scope)))
            if wait:
                refusal = self.refuse(429, f"too many requests; try again in {wait} s", {"Retry-After": str(wait)})
                return await refusal(scope, receive, send)
        return await self.app(scope, receive, send)


class BodyLimit:
    """Reads the body before the service does: 413 if it is too large, 408 if it does not arrive in time."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float, refuse: Refuse = error_response) -> None:
        self.app, self.max_bytes, self.seconds, self.refuse = app, max_bytes, seconds, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            return await self.app(scope, receive, send)
        try:
            async with asyncio.timeout(self.seconds):
                body = await self._read(receive)
        except TimeoutError:
            late = self.refuse(408, f"the body did not arrive within {self.seconds:g} s", {"Connection": "close"})
            return await late(scope, receive, send)
        if body is None:
            refusal = self.refuse(413, f"the body is larger than {self.max_bytes} bytes", {"Connection": "close"})
            return await refusal(scope, receive, send)
        return await self.app(scope, replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size, more = 0, True
        while more and size <= max(_DRAINED_BYTES, self.max_bytes):
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size <= self.max_bytes:
                parts.append(part)
            more = message["type"] == "http.request" and message.get("more_body", False)
        return b"".join(parts) if size <= self.max_bytes else None


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that has been read, and then what `receive` gives."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again
