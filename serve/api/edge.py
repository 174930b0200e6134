"""The outermost layer of every service: the address under which a proxy shows it, and HEAD wherever GET is.

A service below a prefix sees paths with the prefix and `root_path`, as ASGI has it, whether or not the proxy strips the
prefix. The prefix is that of the settings, or what a trusted proxy says in X-Forwarded-Prefix.
"""

import re
from typing import Any, Protocol, cast
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from serve.api.settings import ApiSettings

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
# Gradio believes them from anybody, so they must not contradict what is decided here.
_DECIDED = ("x-forwarded-host", "x-forwarded-prefix", "x-gradio-server")


def at_the_edge(app: ASGIApp, settings: ApiSettings) -> ASGIApp:
    """`app` behind the proxy that the settings tell of, answering HEAD as it answers GET."""
    return HeadAsGet(Forwarded(app, settings.trusted_proxies, settings.root_path))


def path_within(scope: Scope) -> str:
    """The path of a request below the prefix and the mount of the application that serves it."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


class Hosts(Protocol):
    """Addresses and networks."""

    def __contains__(self, host: str, /) -> bool:
        """Whether an address is among them."""


def trusted_hosts(hosts: str) -> Hosts:
    """The addresses among `hosts`, which are addresses and networks separated by commas, or `*` for all."""
    return _proxied(cast(Any, None), hosts).trusted_hosts


def _proxied(app: ASGIApp, hosts: str) -> ProxyHeadersMiddleware:
    return ProxyHeadersMiddleware(cast(Any, app), hosts)  # uvicorn has types of its own


class Forwarded:
    """Takes client, scheme, host and prefix from a trusted proxy's headers, and what is set from the settings."""

    def __init__(self, app: ASGIApp, trusted_proxies: str, root_path: str) -> None:
        """Wrap `app`; `root_path` is a path or the whole address of the service, empty at the root of its host."""
        self._trusted = trusted_hosts(trusted_proxies)
        self._app = cast(ASGIApp, _proxied(app, trusted_proxies))
        self._public = urlsplit(root_path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        trusted = (scope.get("client") or ("",))[0] in self._trusted
        scope = dict(scope)
        prefix = self._public.path or (_asked_prefix(scope) if trusted else "")
        if self._public.netloc:
            _say(scope, self._public)
        elif trusted:
            _hear_host(scope)
        if prefix and scope["path"] == prefix:
            query = scope["query_string"].decode("latin-1")
            # Links of a page are relative to its folder.
            return await RedirectResponse(f"{prefix}/{query and '?'}{query}", 308)(scope, receive, send)
        if prefix:
            _put_below(scope, prefix)
        return await self._app(scope, receive, send)


def _asked_prefix(scope: Scope) -> str:
    asked = Headers(scope=scope).get("x-forwarded-prefix", "").split(",")[0].strip().rstrip("/")
    return asked if _PREFIX.fullmatch(asked) else ""


def _say(scope: Scope, public: SplitResult) -> None:
    """Make the request one for the address of the settings, whatever the proxy says."""
    headers = _without(scope, *_DECIDED, "x-forwarded-proto")
    headers["host"] = public.netloc
    scope["scheme"], scope["headers"] = public.scheme, headers.raw


def _hear_host(scope: Scope) -> None:
    asked = Headers(scope=scope).get("x-forwarded-host", "").split(",")[0].strip()
    headers = _without(scope, *_DECIDED)
    if _HOST.fullmatch(asked):
        headers["host"] = asked
    scope["headers"] = headers.raw


def _without(scope: Scope, *names: str) -> MutableHeaders:
    dropped = {name.encode() for name in names}
    return MutableHeaders(raw=[(name, value) for name, value in scope["headers"] if name not in dropped])


def _put_below(scope: Scope, prefix: str) -> None:
    if not scope["path"].startswith(f"{prefix}/"):
        scope["path"] = prefix + scope["path"]
        scope["raw_path"] = prefix.encode() + (scope.get("raw_path") or b"")
    scope["root_path"] = prefix


class HeadAsGet:
    """Answers HEAD with the status and the headers of GET, and without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self._app(scope, receive, send)
        over = False

        async def heads_only(message: Message) -> None:
            nonlocal over
            if message["type"] == "http.response.start":
                await send(message)
            elif not over:
                # The end, although more may follow: an endless stream then sees that its reader left.
                over = True
                await send({"type": "http.response.body", "body": b""})

        await self._app({**scope, "method": "GET"}, receive, heads_only)
