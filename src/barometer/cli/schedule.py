"""Commands that keep the barometer fresh: once, on a schedule, or by a Prefect work pool."""

import os
from pathlib import Path
from typing import Annotated

import typer

from barometer import defaults
from barometer.cli.common import LIVE, Database, Model, reported_errors, use_checkout

app = typer.Typer()
flows = typer.Typer(no_args_is_help=True)
app.add_typer(flows, name="flows", help="Run the flows on a Prefect server and work pool.", rich_help_panel=LIVE)

Schedule = Annotated[Path, typer.Option(help="YAML file of the schedule and of data retention.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of Prefect's web page and API.")]


@app.command(rich_help_panel=LIVE)
def refresh(
    config: Schedule = defaults.SCHEDULE,
    database: Database = defaults.DATABASE_URL,
    model: Model = defaults.MODEL,
) -> None:
    """Crawl, score and sample for annotation once, without a server; print a summary and the barometer."""
    use_checkout("pipelines", sqlalchemy="live")
    from pipelines.flows.once import refresh_once  # noqa: PLC0415
    from pipelines.flows.settings import ProductionError, load_production  # noqa: PLC0415

    with reported_errors(ProductionError):
        refresh_once(load_production(config, os.environ | _places(database, model)))


@app.command(rich_help_panel=LIVE)
def schedule(
    config: Schedule = defaults.SCHEDULE,
    database: Database = defaults.DATABASE_URL,
    model: Model = defaults.MODEL,
    port: Port = defaults.PREFECT_PORT,
    now: Annotated[bool, typer.Option(help="Also refresh immediately.")] = True,
) -> None:
    """Refresh every six hours and clean up every day, until stopped.

    Prefect's server runs in this process; if PREFECT_API_URL is set, the flows are served to that server instead.
    """
    use_checkout("pipelines", sqlalchemy="live", prefect="flows")
    from pipelines.flows.schedule import run_schedule  # noqa: PLC0415
    from pipelines.flows.settings import ProductionError, load_production  # noqa: PLC0415

    os.environ |= _places(database, model)  # every run is a process of Prefect, which inherits it
    with reported_errors(ProductionError):
        run_schedule(load_production(config), config, port, now)


@app.command(rich_help_panel=LIVE)
def retrain(
    config: Schedule = defaults.SCHEDULE,
    database: Database = defaults.DATABASE_URL,
    model: Model = defaults.MODEL,
    force: Annotated[bool, typer.Option("--force", help="Even without enough new labels or drift.")] = False,
) -> None:
    """Retrain on the labels so far if there is reason to; the gate decides whether the result is served."""
    use_checkout("pipelines", sqlalchemy="live", dvc="train")
    from pipelines.flows.retrain import retrain as retrain_once  # noqa: PLC0415
    from pipelines.flows.settings import ProductionError, load_production  # noqa: PLC0415

    with reported_errors(ProductionError):
        done = retrain_once(load_production(config, os.environ | _places(database, model)), force=force)
    typer.echo("\n".join(done.lines()) if done else "no reason to retrain")


def _places(database: str, model: Path) -> dict[str, str]:
    """Store and model as environment variables."""
    return {defaults.DATABASE_VARIABLE: database, defaults.MODEL_VARIABLE: str(model)}


@flows.command("deploy")
def flows_deploy(
    pool: Annotated[str, typer.Argument(help="Name of a work pool.")],
    config: Annotated[
        Path, typer.Option(help="YAML file of the schedule, relative to the folder of the workers.")
    ] = defaults.SCHEDULE,
    folder: Annotated[
        Path | None, typer.Option(help="The checkout where workers run; the current folder by default.")
    ] = None,
) -> None:
    """Deploy the flows to a work pool of the server that PREFECT_API_URL names; its workers then run them.

    A worker needs the checkout, the environment variables of store and model, and the feeds file at the same path.
    """
    use_checkout("pipelines", sqlalchemy="live", prefect="flows")
    from pipelines.flows.schedule import API_VARIABLE, check_server  # noqa: PLC0415
    from pipelines.flows.settings import ProductionError, load_production  # noqa: PLC0415

    with reported_errors(ProductionError):
        check_server(os.environ.get(API_VARIABLE, ""))  # before Prefect is asked, which tries for minutes
        from pipelines.flows.deployments import deploy_to  # noqa: PLC0415

        deploy_to(pool, load_production(config).settings, config, folder or Path.cwd())


@flows.command("server")
def flows_server(port: Port = defaults.PREFECT_PORT) -> None:
    """Run a Prefect server only, until SIGTERM or Ctrl-C; it keeps its state in PREFECT_HOME."""
    use_checkout("pipelines", sqlalchemy="live", prefect="flows")
    from pipelines.flows.server import run_server  # noqa: PLC0415
    from pipelines.flows.settings import ProductionError  # noqa: PLC0415

    with reported_errors(ProductionError):
        run_server(port)
