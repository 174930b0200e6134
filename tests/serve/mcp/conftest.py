"""A store with known scores, a model, and the MCP server over them, asked with the package's own client."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from barometer.live.store.engine import open_engine, writing
from barometer.live.store.standing import activate_version, record_run
from barometer.predictor import Predictor
from serve.api.run import opener
from serve.api.settings import McpSettings
from serve.mcp.sources import Sources, open_sources

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
VERSION = "0123456789ab"
ROWS = ((1, 0.9, ("BTC",)), (2, 0.1, ("BTC", "ETH")), (20, 0.8, ("ETH",)), (30, 0.7, ("SOL",)), (120, 0.05, ()))
Call = tuple[str, dict[str, Any]]


@pytest.fixture(scope="session", autouse=True)
def _quiet(quiet_logs: None) -> None:
    """All tests of this folder."""


@pytest.fixture(scope="session")
def store_file(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, save_scored: Callable[..., list[int]]
) -> Path:
    """A store with the headlines of `ROWS`, last refreshed an hour before `NOW`."""
    path = Path(copy(sqlite_template, tmp_path_factory.mktemp("mcp") / "barometer.db"))
    engine = open_engine(f"sqlite:///{path}")
    save_scored(engine, VERSION, [(NOW - timedelta(hours=ago), positive, coins) for ago, positive, coins in ROWS])
    with writing(engine) as connection:
        activate_version(connection, VERSION, NOW)
        record_run(connection, "crawl", NOW - timedelta(hours=1))
        record_run(connection, "score", NOW - timedelta(hours=1))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def mcp_settings(settings_with: Any) -> Callable[..., McpSettings]:
    """Settings over an SQLite file and a model: `mcp_settings(file, model, **changes)`."""

    def make(file: Path, model: Path, **changes: object) -> McpSettings:
        chosen = settings_with(database_url=f"sqlite:///{file}", model=model).model_dump()
        return McpSettings.model_validate(chosen | changes)

    return make


@pytest.fixture(scope="session")
def sources_of() -> Callable[[McpSettings], Sources]:
    """The sources that settings name, at `NOW`."""
    return lambda settings: open_sources(settings, opener(settings), Predictor.load, lambda: NOW)


@pytest.fixture(scope="session")
def ask() -> Callable[..., list[CallToolResult]]:
    """Calls tools one after another with a client of its own: `ask(target, ("barometer", {"hours": 3}), mode="auto")`.

    The target is the address of a server, or what else a client takes. Clients check answers against their schemas.
    """
    return lambda target, *calls, mode="auto": asyncio.run(call(target, calls, mode))


async def call(target: Any, calls: Sequence[Call], mode: str = "auto") -> list[CallToolResult]:
    """The results of calls, in order."""
    async with httpx2.AsyncClient(trust_env=False, verify=False, timeout=60) as http:
        reached = streamable_http_client(target, http_client=http) if isinstance(target, str) else target
        async with Client(reached, mode=mode) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]


@pytest.fixture(scope="session")
def ask_together() -> Callable[..., list[CallToolResult]]:
    """As many clients at once as there are calls, each with one of them."""

    async def together(target: str, calls: Sequence[Call]) -> list[CallToolResult]:
        return [found for [found] in await asyncio.gather(*(call(target, [one]) for one in calls))]

    return lambda target, calls: asyncio.run(together(target, calls))


@pytest.fixture(scope="session")
def missing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A path in an existing folder at which there is nothing."""
    return tmp_path_factory.mktemp("missing") / "nothing"
