"""Runs the app until it is told to stop: what `barometer serve app` and the Space start."""

from serve.api.run import load_predictor, opener, run
from serve.app.application import create_app
from serve.app.settings import AppSettings


def serve_app(settings: AppSettings) -> None:
    """Answer on `settings.app_port` until SIGTERM or Ctrl-C.

    Raises:
        ApiSettingsError: if no store can be at `settings.database_url`.
    """
    run(create_app(settings, opener(settings), load_predictor), settings.app_port, settings)
