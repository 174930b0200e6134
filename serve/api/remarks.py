"""The `Warning` header: what was odd about a request that was answered all the same, for clients of the old routes."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

_PERSISTENT = 299  # RFC 7234, section 5.5.7: a warning of any kind; the agent that gives it may be "-"
_HEADER = {
    "description": 'What was odd about the request, as `299 - "..."`; only where something was.',
    "schema": {"type": "string"},
}


def warn(response: Response, remarks: Sequence[str]) -> None:
    """Add remarks, in plain ASCII without quotes, to an answer; none adds no header."""
    if remarks:
        response.headers["Warning"] = ", ".join(f'{_PERSISTENT} - "{remark}"' for remark in remarks)


def documented_warning() -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of the header."""
    return {200: {"headers": {"Warning": _HEADER}}}
