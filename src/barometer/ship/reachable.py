"""Whether a tracking server answers at all, found out in seconds: its own client tries for minutes."""

import os
import socket
import ssl
from contextlib import suppress
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import urlopen

URI_VARIABLE = "MLFLOW_TRACKING_URI"
SECONDS = 3.0
# How patient MLflow's client is with a server that stops answering later, and that it draws no bars.
_MANNERS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_POSTGRESQL_PORT = 5432


class RegistryError(RuntimeError):
    """The registry cannot be reached or has not what was asked for; the message is for a person."""


class UnknownVersionError(RegistryError):
    """The registry can be reached and has no such version."""


def check_reachable(uri: str, seconds: float = SECONDS) -> None:
    """Ask the server behind a tracking address for a sign of life; any answer will do. Addresses of files pass.

    Raises:
        RegistryError: if none comes within `seconds` of waiting at any point.
    """
    parts = urlsplit(uri)
    scheme = parts.scheme.partition("+")[0]
    if not parts.hostname:
        return
    try:
        if scheme in {"http", "https"}:
            _ask(parts, seconds)
        elif scheme == "postgresql":
            socket.create_connection((parts.hostname, parts.port or _POSTGRESQL_PORT), seconds).close()
    except (OSError, HTTPException, ValueError) as error:
        where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        raise RegistryError(f"MLflow at {where} cannot be reached: {_reason(error, seconds)}") from None


def _ask(parts: SplitResult, seconds: float) -> None:
    """Ask for `/health`, through the proxy that the environment names; a refusal is an answer too."""
    host = parts.netloc.rpartition("@")[2]
    try:
        with suppress(HTTPError):
            urlopen(f"{parts.scheme}://{host}{parts.path.rstrip('/')}/health", timeout=seconds).close()  # noqa: S310
    except URLError as error:
        if not isinstance(error.reason, ssl.SSLError):  # which certificates to trust is for MLflow's client to say
            raise


def _reason(error: Exception, seconds: float) -> str:
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    silent = isinstance(cause, TimeoutError)
    said = f"no answer within {seconds:g} seconds" if silent else getattr(cause, "strerror", None) or str(cause)
    return f"{said}; {URI_VARIABLE} names the server"


def set_manners() -> None:
    """Keep MLflow's client brief and quiet in this process, unless the environment says otherwise."""
    for name, value in _MANNERS.items():
        os.environ.setdefault(name, value)
