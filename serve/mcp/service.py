"""The MCP server over streamable HTTP, at /mcp, with the limits, `/health` and `/metrics` of the other services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from serve.api.service import create_service
from serve.api.settings import McpSettings
from serve.mcp.server import DESCRIPTION, BarometerServer
from serve.mcp.sources import Sources

PATH = "/mcp"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not listened on
# What the protocol's own clients send.
_HEADERS = ("Accept", "Mcp-Protocol-Version", "Mcp-Session-Id", "Mcp-Method", "Mcp-Name")


class Endpoint:
    """Answers one request, with no session behind it, so that any process may answer the next."""

    def __init__(self, manager: StreamableHTTPSessionManager, any_origin: bool) -> None:
        self._manager, self._any_origin = manager, any_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if self._any_origin:  # the manager compares origins, and knows no `*`
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}
        await self._manager.handle_request(scope, receive, send)


class ObservedRoute(Route):
    """A route by which requests are counted, as those of FastAPI are."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the route is asked, and then itself for whoever looks on."""
        match, child = super().matches(scope)
        return match, {**child, "route": self} if match is not Match.NONE else child


def create_mcp_service(settings: McpSettings, sources: Sources) -> FastAPI:
    """Create the service. It is alive at once, and ready when the store answers and the model is loaded.

    Args:
        settings: limits, CORS, and the names under which it may be asked.
        sources: what the tools ask; open while the service runs.
    """
    server = BarometerServer(sources)
    # Answers are JSON and no streams: a tool has nothing to say before its result.
    server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=settings.max_body_bytes,
        transport_security=allowed(settings),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with sources.opened(), server.session_manager.run():
            yield

    app = create_service("mcp", DESCRIPTION, settings, lifespan, sources.health, browser_headers=_HEADERS)
    endpoint = Endpoint(server.session_manager, "*" in settings.cors_origins)
    app.router.routes.append(ObservedRoute(PATH, endpoint, methods=["POST"]))
    return app


def allowed(settings: McpSettings) -> TransportSecuritySettings:
    """The host names under which the service answers, with any port, and the pages that may call it."""
    public = urlsplit(settings.root_path).hostname or ""
    own = {settings.host, f"[{public}]" if ":" in public else public} - _EVERYWHERE
    names = sorted({*_LOOPBACK, *own, *settings.mcp_hosts})
    return TransportSecuritySettings(
        allowed_hosts=[host for name in names for host in (name, f"{name}:*")],
        allowed_origins=list(settings.cors_origins),
    )
