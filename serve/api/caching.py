"""Texts and pictures that caches may keep: their headers, their documentation, and the clock by which they change."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from fastapi import Request
from starlette.responses import Response

MAX_AGE = timedelta(minutes=5)
DIGEST_BYTES = 12


def start_of_step(moment: datetime) -> datetime:
    """The start of the five minutes that a moment lies in, counted from midnight."""
    return moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % MAX_AGE


def texts(media_type: str, shown: str = "As text") -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of a text, or of what is `shown` instead, that caches may keep."""
    return {
        200: {"content": {media_type: {}}, "description": f"{shown}, with an ETag"},
        304: {"description": "Unchanged since the ETag in If-None-Match"},
    }


def cached(request: Request, text: str | bytes, media_type: str, policy: dict[str, str] | None = None) -> Response:
    """A text or a picture that caches may keep for `MAX_AGE`, or 304 if the client has it already.

    Args:
        request: what was asked, for its `If-None-Match`.
        text: the body; bytes as they are.
        media_type: of the body.
        policy: further headers, such as a content security policy.
    """
    body = text.encode() if isinstance(text, str) else text
    etag = etag_of(blake2b(body, digest_size=DIGEST_BYTES))
    headers = cache_headers(etag, policy)
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def etag_of(digest: blake2b) -> str:
    """The ETag of a body, from its digest of `DIGEST_BYTES`."""
    return f'"{digest.hexdigest()}"'


def cache_headers(etag: str, more: dict[str, str] | None = None) -> dict[str, str]:
    """The headers of a body that caches may keep for `MAX_AGE`, and more."""
    return {
        "ETag": etag,
        "Cache-Control": f"public, max-age={MAX_AGE.seconds}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        **(more or {}),
    }


def is_known(request: Request, etag: str) -> bool:
    """Whether the client has the body already, by its `If-None-Match`."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    return etag in known or "*" in known
