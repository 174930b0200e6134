"""`python -m pipelines.flows.schedule`: the flows on their schedules, until SIGTERM or Ctrl-C.

Prefect reads its environment when it is imported, so that is settled first and Prefect imported after it.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from barometer.cli.flows import DEFAULT_PORT, DEFAULT_SCHEDULE
from barometer.live.settings import load_feeds
from barometer.live.store.upgrade import opened_store
from barometer.predictor import Predictor
from pipelines.flows.once import told_plainly
from pipelines.flows.settings import Production, load_production
from pipelines.flows.steps import ProductionError

_API = "PREFECT_API_URL"


def main(arguments: list[str] | None = None) -> None:
    """Serve the flows with the settings that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.flows.schedule", description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT_SCHEDULE)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="of Prefect's server, where it runs inside")
    parser.add_argument("--now", action=argparse.BooleanOptionalAction, default=True, help="refresh at once, too")
    options = parser.parse_args(arguments)
    with told_plainly():
        work = load_production(options.config)
        check(work)
        own = not os.environ.get(_API)
        os.environ |= prefect_environment(os.environ, options.port)
        _make_home(Path(os.environ["PREFECT_HOME"]))

        from pipelines.flows.serving import serve_flows  # noqa: PLC0415

        serve_flows(work.settings, options.config.absolute(), options.port if own else None, options.now)


def _make_home(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProductionError(f"PREFECT_HOME = {folder} cannot be made: {error.strerror}") from None


def check(work: Production) -> None:
    """Return if a run would find what it needs, so that a mistake is told now and not by the first run.

    Raises:
        ArtifactError, SettingsError, StoreError: for the model, the feeds or the store.
    """
    load_feeds(work.settings.feeds)
    Predictor.load(work.model)
    with opened_store(work.database):
        pass


def prefect_environment(environment: Mapping[str, str], port: int) -> dict[str, str]:
    """Prefect's variables where `environment` does not say otherwise: state below outputs/, and nothing sent home."""
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


if __name__ == "__main__":
    main()
