"""Runs the MCP server: the entry points of `barometer serve mcp`."""

import logging
import signal

import anyio

from barometer.predictor import Predictor
from serve.api.observe import configure_logging
from serve.api.run import opener, run
from serve.api.settings import ApiSettings, McpSettings
from serve.mcp.server import BarometerServer
from serve.mcp.service import create_mcp_service
from serve.mcp.sources import Sources, open_sources


def serve_http(settings: McpSettings) -> None:
    """Serve streamable HTTP on `settings.mcp_port` until SIGTERM or Ctrl-C; raises as `opener` does."""
    # Each request is a session of its own to it, whose end it would log.
    logging.getLogger("mcp.server.streamable_http").setLevel(logging.WARNING)
    run(create_mcp_service(settings, _sources(settings)), settings.mcp_port, settings)


def serve_stdio(settings: McpSettings) -> None:
    """Serve the client that started this process until it closes standard input; raises as `opener` does.

    Standard output carries the protocol only, logs go to standard error.
    """
    sources = _sources(settings)
    # The thread that waits for input cannot be woken, and there is nothing here that a sudden end could lose.
    for ended_by in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ended_by, signal.SIG_DFL)
    configure_logging(settings)
    anyio.run(_answer, sources)


async def _answer(sources: Sources) -> None:
    server = BarometerServer(sources)
    async with sources.opened(loaded=True):
        await server.run_stdio_async()


def _sources(settings: ApiSettings) -> Sources:
    return open_sources(settings, opener(settings), Predictor.load)
