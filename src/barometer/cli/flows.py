"""The commands that keep the barometer fresh: once, or on a schedule."""

from pathlib import Path
from typing import Annotated

import typer

from barometer.cli.run import run_module
from barometer.cli.store import DEFAULT_MODEL, DEFAULT_URL, MODEL_VARIABLE, URL_VARIABLE, Database, Model

DEFAULT_SCHEDULE = Path("conf/schedule/default.yaml")
DEFAULT_PORT = 4200  # Prefect's own

Config = Annotated[Path, typer.Option(help="YAML file of the schedule: what runs when, what is kept.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (refresh, schedule):
        app.command()(command)


def refresh(
    config: Config = DEFAULT_SCHEDULE,
    database: Database = DEFAULT_URL,
    model: Model = DEFAULT_MODEL,
) -> None:
    """Crawl, score and sample for annotation once, without a server, and print what it brought and the barometer."""
    run_module(
        "pipelines.flows.once",
        f"--config={config}",
        extras={"sqlalchemy": "live"},
        environment={URL_VARIABLE: database, MODEL_VARIABLE: str(model)},
    )


def schedule(
    config: Config = DEFAULT_SCHEDULE,
    database: Database = DEFAULT_URL,
    model: Model = DEFAULT_MODEL,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where Prefect's own page and API answer.")
    ] = DEFAULT_PORT,
    now: Annotated[bool, typer.Option(help="Whether a refresh runs at once, too.")] = True,
) -> None:
    """Refresh every six hours and clean up every day, until stopped.

    Prefect's server runs inside; with PREFECT_API_URL set, the flows are served to that server instead.
    """
    run_module(
        "pipelines.flows.schedule",
        f"--config={config}",
        f"--port={port}",
        "--now" if now else "--no-now",
        extras={"sqlalchemy": "live", "prefect": "flows"},
        environment={URL_VARIABLE: database, MODEL_VARIABLE: str(model)},
    )
