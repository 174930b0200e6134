"""Texts that caches may keep: their headers, their documentation, and the clock by which they change."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from fastapi import Request
from starlette.responses import Response

MAX_AGE = timedelta(minutes=5)


def start_of_step(moment: datetime) -> datetime:
    """The start of the five minutes that a moment lies in, counted from midnight."""
    return moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % MAX_AGE


def texts(media_type: str) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of a text that caches may keep."""
    return {
        200: {"content": {media_type: {}}, "description": "As text, with an ETag"},
        304: {"description": "Unchanged since the ETag in If-None-Match"},
    }


def cached(request: Request, text: str, media_type: str, policy: dict[str, str] | None = None) -> Response:
    """A text that caches may keep for `MAX_AGE`, or 304 if the client has it already.

    Args:
        request: what was asked, for its `If-None-Match`.
        text: the body.
        media_type: of the body.
        policy: further headers, such as a content security policy.
    """
    body = text.encode()
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={MAX_AGE.seconds}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        **(policy or {}),
    }
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
