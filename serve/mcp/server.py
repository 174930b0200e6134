"""The server over its tools: compact answers, and errors that say what to change."""

import json
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import CallToolResult, InputRequiredResult, TextContent
from pydantic import ValidationError

from serve.api.errors import RETRY_SECONDS, NotReadyError
from serve.api.ports import StoreUnavailableError
from serve.api.service import API_VERSION
from serve.mcp.arguments import described, refuse_unknown, short
from serve.mcp.sources import Sources
from serve.mcp.tools import UNTRUSTED, make_tools

TITLE = "Crypto news barometer"
DESCRIPTION = "The mood of crypto news, the headlines behind it, and the model that scores them, as tools for agents."
INSTRUCTIONS = (
    "The mood of crypto news: `barometer` now, `history` over time, each of the `coins`, `news` the headlines behind "
    "it; `predict` and `explain` score a headline that you give. Times are UTC. Give a value with its interval and its "
    f"number of headlines, and say if it is stale; null means no headlines, not 0. {UNTRUSTED}"
)


class BarometerServer(MCPServer[Any]):
    """Answers calls of the tools; every refusal is a tool error of one line."""

    def __init__(self, sources: Sources) -> None:
        """Serve the tools over `sources`, which whoever runs the server opens."""
        tools = make_tools(sources)
        self._known = {tool.name: list(tool.parameters["properties"]) for tool in tools}
        # Nothing changes that a client could subscribe to.
        super().__init__("crypto-news-barometer", TITLE, DESCRIPTION, INSTRUCTIONS, version=API_VERSION,
                         tools=tools, subscriptions=False)  # fmt: skip

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            ToolError: if there is no such tool, an argument is bad, or the store or the model does not answer now.
        """
        if name not in self._known:
            raise ToolError(f"{short(name)} is no tool; expected {', '.join(self._known)}")
        refuse_unknown(arguments, self._known[name])
        try:
            return _compact(await super().call_tool(name, arguments, context))
        except ToolError as error:
            raise _told(error) from error.__cause__


def _told(error: ToolError) -> ToolError:
    """The error as a client should read it; its cause stays, as that decides what is logged."""
    cause = error.__cause__
    if isinstance(cause, NotReadyError | StoreUnavailableError):
        return ToolError(f"{cause}; try again in {RETRY_SECONDS} s")
    if isinstance(cause, ToolError):
        return ToolError(str(cause))
    if isinstance(cause, ValidationError) and not isinstance(error, UnexpectedToolError):
        return ToolError(described(cause))
    return error


def _compact(found: CallToolResult | InputRequiredResult) -> CallToolResult | InputRequiredResult:
    """The answer with one line of JSON as its text, for clients that read no structured content."""
    if isinstance(found, InputRequiredResult):
        return found
    text = json.dumps(found.structured_content, ensure_ascii=False, separators=(",", ":"))
    return found.model_copy(update={"content": [TextContent(type="text", text=text)]})
