"""The flows on their schedules, until SIGTERM or Ctrl-C.

Prefect reads its environment when it is imported, so the environment is set first and Prefect imported after it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import httpx

from barometer.live.alerts.settings import load_alerts
from barometer.live.settings import load_feeds
from barometer.live.store.upgrade import opened_store
from barometer.predictor import Predictor
from pipelines.flows.settings import Production, ProductionError

API_VARIABLE = "PREFECT_API_URL"
_SECONDS = 4.0  # to connect, and as much again to answer
_REFUSED = {401, 403}  # the server is there; what Prefect's client shows it may be enough


def run_schedule(work: Production, config: Path, port: int, now: bool) -> None:
    """Serve the flows as `pipelines.flows.deployments.serve_flows` does, with Prefect's server inside if none is named.

    Every run is a process of its own, which reads `config` and the environment variables of store and model.

    Raises:
        ArtifactError, SettingsError, StoreError: for the model, the feeds or the store.
        ProductionError: if Prefect's folder or server cannot be created, or the named server does not answer.
    """
    own = not os.environ.get(API_VARIABLE)
    if not own:
        check_server(os.environ[API_VARIABLE])
    _check(work)
    os.environ |= prefect_environment(os.environ, port)
    _make_home(Path(os.environ["PREFECT_HOME"]))

    from pipelines.flows.deployments import serve_flows  # noqa: PLC0415

    serve_flows(work.settings, config.absolute(), port if own else None, now)


def _check(work: Production) -> None:
    """Open what a run needs, so that a mistake is reported now and not by the first run."""
    load_feeds(work.settings.feeds)
    if work.settings.alerts.present:
        load_alerts(work.settings.alerts.config)
    Predictor.load(work.model)
    with opened_store(work.database):
        pass


def check_server(address: str) -> None:
    """Ask a Prefect server for a sign of life, before its own client tries for minutes.

    Raises:
        ProductionError: if there is no answer, or not that of Prefect's API; the message names address and variable.
    """
    if not address:
        raise ProductionError(
            f"{API_VARIABLE} is not set; expected the address of a Prefect server, http://HOST:4200/api"
        )
    try:
        # Which certificates to trust is for Prefect's client to say; nothing secret is sent here.
        answer = httpx.get(f"{address.rstrip('/')}/health", timeout=_SECONDS, verify=False)  # noqa: S501
    except httpx.TimeoutException:
        _unreachable(address, f"no answer within {_SECONDS:g} seconds")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        _unreachable(address, str(error))
    if answer.status_code not in _REFUSED and answer.text.strip() != "true":
        _unreachable(
            address, f"it answers {answer.status_code}, but not as Prefect's API; expected http://HOST:4200/api"
        )


def _unreachable(address: str, reason: str) -> NoReturn:
    try:
        parts = urlsplit(address)
        where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"  # without a password
    except ValueError:
        where = "a broken address"
    raise ProductionError(f"Prefect at {where} cannot be reached: {reason}; {API_VARIABLE} names the server") from None


def _make_home(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProductionError(f"PREFECT_HOME = {folder} cannot be created: {error.strerror}") from None


def prefect_environment(environment: Mapping[str, str], port: int) -> dict[str, str]:
    """Prefect's variables that `environment` lacks: state below outputs/, and no telemetry."""
    defaults = {
        "PREFECT_HOME": str(Path("outputs/prefect").absolute()),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    }
    if not environment.get(API_VARIABLE):
        defaults[API_VARIABLE] = f"http://127.0.0.1:{port}/api"
        environment = {name: value for name, value in environment.items() if name != API_VARIABLE}
    return {name: value for name, value in defaults.items() if name not in environment}
