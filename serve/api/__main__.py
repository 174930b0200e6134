"""`python -m serve.api model|data`: run one service, configured by environment variables."""

import argparse
import sys

from serve.api.settings import ApiSettings, ApiSettingsError, read_environment


def main(arguments: list[str] | None = None) -> None:
    """Run the service named by the arguments."""
    parser = argparse.ArgumentParser(prog="python -m serve.api", description=__doc__)
    parser.add_argument("service", choices=("model", "data"))
    service = parser.parse_args(arguments).service
    try:
        settings = read_environment(ApiSettings)
        from serve.api.run import serve_data, serve_model  # noqa: PLC0415 - a bad setting is reported before anything loads

        (serve_model if service == "model" else serve_data)(settings)
    except ApiSettingsError as error:
        sys.exit(f"barometer: {error}")


if __name__ == "__main__":
    main()
