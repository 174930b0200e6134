"""Runs the Space: the app over a store of its own, with a refresh on start and every few hours."""

import os
import sys
from functools import partial

from pydantic import SecretStr

from barometer.live.store.engine import StoreError
from serve.api.run import load_predictor, opener, run
from serve.api.settings import PREFIX, ApiSettingsError
from serve.app.application import create_app
from serve.space.background import repeated
from serve.space.settings import ROOT, SpaceSettings, load_space_settings
from serve.space.store import place_store


def main() -> None:
    """Serve the Space until SIGTERM or Ctrl-C; a setting that cannot be used ends it with one line."""
    try:
        serve_space(load_space_settings())
    except (ApiSettingsError, StoreError, OSError) as error:
        sys.exit(f"barometer: {error}")


def serve_space(settings: SpaceSettings) -> None:
    """Place the store and serve the app on `settings.app_port`; raises as `place_store` does."""
    url = place_store(settings)
    changes: dict[str, object] = {"database_url": SecretStr(url)}
    if "stale_hours" not in settings.model_fields_set:
        changes["stale_hours"] = 2 * settings.refresh_hours
    settings = settings.model_copy(update=changes)
    # The program of the refresh finds the code and the store by these.
    environment = os.environ | {"PYTHONPATH": str(ROOT), f"{PREFIX}DATABASE_URL": url}
    command = (sys.executable, "-m", "serve.space.refresh")
    background = partial(repeated, command, environment, settings.refresh_hours * 3600)
    run(create_app(settings, opener(settings), load_predictor, background=background), settings.app_port, settings)
