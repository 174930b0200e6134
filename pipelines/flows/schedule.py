"""The flows on their schedules, until SIGTERM or Ctrl-C.

Prefect reads its environment when it is imported, so the environment is set first and Prefect imported after it.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from barometer.live.settings import load_feeds
from barometer.live.store.upgrade import opened_store
from barometer.predictor import Predictor
from pipelines.flows.settings import Production, ProductionError

_API = "PREFECT_API_URL"


def run_schedule(work: Production, config: Path, port: int, now: bool) -> None:
    """Serve the flows as `pipelines.flows.deployments.serve_flows` does, with Prefect's server inside if none is named.

    Every run is a process of its own, which reads `config` and the environment variables of store and model.

    Raises:
        ArtifactError, SettingsError, StoreError: for the model, the feeds or the store.
        ProductionError: if Prefect's folder or server cannot be created.
    """
    _check(work)
    own = not os.environ.get(_API)
    os.environ |= prefect_environment(os.environ, port)
    _make_home(Path(os.environ["PREFECT_HOME"]))

    from pipelines.flows.deployments import serve_flows  # noqa: PLC0415

    serve_flows(work.settings, config.absolute(), port if own else None, now)


def _check(work: Production) -> None:
    """Open what a run needs, so that a mistake is reported now and not by the first run."""
    load_feeds(work.settings.feeds)
    Predictor.load(work.model)
    with opened_store(work.database):
        pass


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
    if not environment.get(_API):
        defaults[_API] = f"http://127.0.0.1:{port}/api"
        environment = {name: value for name, value in environment.items() if name != _API}
    return {name: value for name, value in defaults.items() if name not in environment}
