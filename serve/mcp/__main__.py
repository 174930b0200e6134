"""`python -m serve.mcp [http|stdio]`: run the MCP server, configured by environment variables."""

import argparse
import sys

from serve.api.settings import ApiSettingsError, McpSettings, read_environment


def main(arguments: list[str] | None = None) -> None:
    """Run the MCP server over the transport named by the arguments."""
    parser = argparse.ArgumentParser(prog="python -m serve.mcp", description=__doc__)
    parser.add_argument("transport", choices=("http", "stdio"), nargs="?", default="http")
    transport = parser.parse_args(arguments).transport
    try:
        settings = read_environment(McpSettings)
        from serve.mcp.run import serve_http, serve_stdio  # noqa: PLC0415 - a bad setting is reported before anything loads

        (serve_stdio if transport == "stdio" else serve_http)(settings)
    except ApiSettingsError as error:
        sys.exit(f"barometer: {error}")


if __name__ == "__main__":
    main()
