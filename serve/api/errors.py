"""Error answers: one shape, `{"detail": ...}`, which never echoes the request as it came."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from serve.api.ports import StoreUnavailableError
from serve.api.settings import ApiSettings

RETRY_SECONDS = 5
_RETRY_AFTER = {"Retry-After": {"description": "In seconds.", "schema": {"type": "integer", "minimum": 1}}}


class ErrorAnswer(BaseModel):
    """Why a request was not served."""

    detail: str = Field(examples=["too many requests; try again in 2 s"])


class NotReadyError(RuntimeError):
    """The service is alive but cannot answer this request now."""


def error_response(status: int, detail: object, headers: Mapping[str, str] | None = None) -> Response:
    """An error as ASCII JSON, so that anything quoted from a request, such as lone surrogates, can be sent."""
    return Response(json.dumps({"detail": detail}), status, headers, media_type="application/json")


def documented(settings: ApiSettings, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of the errors that a route may return, with the limits of `settings` in words and numbers."""
    rate, burst = settings.rate_per_second, settings.rate_burst
    meaning: dict[int, dict[str, Any]] = {
        400: {"description": "The body is not JSON in UTF-8"},
        404: {"description": "Not found"},
        408: {
            "description": f"The head did not arrive within {settings.head_seconds:g} s, or the body within "
            f"{settings.body_seconds:g} s",
            "x-max-seconds": settings.body_seconds, "x-max-head-seconds": settings.head_seconds,
        },
        413: {
            "description": f"The body is larger than {settings.max_body_bytes} bytes",
            "x-max-bytes": settings.max_body_bytes,
        },
        429: {
            "description": f"More than {rate:g} requests a second of one client address, after {burst} at once; retry "
            "after the seconds in Retry-After",
            "headers": _RETRY_AFTER, "x-requests-per-second": rate, "x-burst": burst,
        },
        503: {
            "description": "Not ready, or too many others are waiting; retry after the seconds in Retry-After",
            "headers": _RETRY_AFTER,
        },
    }  # fmt: skip
    return {status: {"model": ErrorAnswer, **meaning[status]} for status in statuses}


def install(app: FastAPI) -> None:
    """Make `app` return errors in the shape of this module."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(NotReadyError, _not_ready)
    app.add_exception_handler(StoreUnavailableError, _not_ready)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Without the value: it may be a megabyte, NaN or invalid Unicode, and the caller has it.
    return error_response(422, [{key: problem[key] for key in ("loc", "msg", "type")} for problem in error.errors()])


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, error.detail, error.headers)


async def _not_ready(_: Request, error: Exception) -> Response:
    structlog.get_logger().warning("not_ready", reason=str(error.__cause__ or error))
    return error_response(503, str(error), {"Retry-After": str(RETRY_SECONDS)})
