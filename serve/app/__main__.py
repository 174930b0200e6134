"""`python -m serve.app`: run the app, configured by environment variables."""

import sys

from serve.api.settings import ApiSettingsError, AppSettings, read_environment


def main() -> None:
    """Serve the app until SIGTERM or Ctrl-C."""
    try:
        settings = read_environment(AppSettings)
        from serve.app.application import serve_app  # noqa: PLC0415 - a bad setting is reported before anything loads

        serve_app(settings)
    except ApiSettingsError as error:
        sys.exit(f"barometer: {error}")


if __name__ == "__main__":
    main()
