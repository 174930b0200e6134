"""`python -m serve.app`: run the app with the settings of the environment."""

import sys

from serve.api.settings import ApiSettingsError
from serve.app.settings import load_app_settings


def main() -> None:
    """Serve the app until SIGTERM or Ctrl-C."""
    try:
        settings = load_app_settings()
        from serve.app.run import serve_app  # noqa: PLC0415 - a bad setting is told before anything loads

        serve_app(settings)
    except ApiSettingsError as error:
        sys.exit(f"barometer: {error}")


if __name__ == "__main__":
    main()
