"""Commands of production: the store, the feeds, crawling, scoring and the barometer, once or on a schedule."""

import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barometer import defaults
from barometer.cli.common import (
    LIVE,
    Database,
    Feeds,
    Model,
    fail,
    needs_extra,
    open_store,
    reported_errors,
    use_checkout,
)

if TYPE_CHECKING:
    from pipelines.flows.settings import Production

_SHOWN = 20  # of the rows that could not be read

app = typer.Typer()
db = typer.Typer(no_args_is_help=True)
feeds = typer.Typer(no_args_is_help=True)
flows = typer.Typer(no_args_is_help=True)
app.add_typer(db, name="db", help="Manage the store.", rich_help_panel=LIVE)
app.add_typer(feeds, name="feeds", help="Check the feeds.", rich_help_panel=LIVE)
app.add_typer(flows, name="flows", help="Run the flows on a Prefect server and work pool.", rich_help_panel=LIVE)

Schedule = Annotated[Path, typer.Option(help="YAML file of the schedule and of data retention.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of Prefect's web page and API.")]


@db.command("upgrade")
def db_upgrade(database: Database = defaults.DATABASE_URL) -> None:
    """Create the tables of the store, or upgrade them to this version."""
    with open_store(database, checked=False) as engine:
        from barometer.live.store.upgrade import upgrade  # noqa: PLC0415

        typer.echo(f"store at revision {upgrade(engine)}")


@feeds.command("check")
def feeds_check(config: Feeds = defaults.FEEDS) -> None:
    """Request every feed once and report those that are dead, stale or moved; nothing is stored."""
    with needs_extra("live"):
        from barometer.live.check_feeds import check_feeds, check_lines  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
    with reported_errors():
        checks = check_feeds(load_feeds(config))
    typer.echo("\n".join(check_lines(checks, datetime.now(UTC))))


@app.command(rich_help_panel=LIVE)
def crawl(config: Feeds = defaults.FEEDS, database: Database = defaults.DATABASE_URL) -> None:
    """Fetch every feed that is due, and store its news."""
    with open_store(database) as engine:
        from barometer.live.refresh import crawl_news  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
        from barometer.live.summary import summary_lines  # noqa: PLC0415

        settings = load_feeds(config)
        with typer.progressbar(length=len(settings.addresses), label="feeds", file=sys.stderr) as bar:
            summary = crawl_news(engine, settings, lambda _: bar.update(1))
    typer.echo("\n".join(summary_lines(summary)))
    if summary.hopeless:
        fail(f"none of {summary.failed} feeds answered; the first: {summary.feeds[0].reason}")


@app.command(rich_help_panel=LIVE)
def score(
    database: Database = defaults.DATABASE_URL,
    model: Model = defaults.MODEL,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Score headlines of the last DAYS days.")] = 366,
) -> None:
    """Score the headlines that this model version has not scored yet, then publish its scores."""
    with open_store(database) as engine:
        from barometer.live.refresh import score_window, waiting  # noqa: PLC0415
        from barometer.predictor import Predictor  # noqa: PLC0415
        from barometer.scoring import scorer_of  # noqa: PLC0415

        scorer = scorer_of(Predictor.load(model))
        length = waiting(engine, scorer.version, days)
        with typer.progressbar(length=length, label="headlines", file=sys.stderr) as bar:
            scored = score_window(engine, scorer, days, bar.update)
    typer.echo(f"{scored:,} headlines scored by {scorer.version}")


@app.command(rich_help_panel=LIVE)
def index(
    database: Database = defaults.DATABASE_URL,
    hours: Annotated[int, typer.Option(min=1, max=24 * 366, help="Length of the window that ends now.")] = 24,
    coin: Annotated[str | None, typer.Option(help="Ticker, such as BTC.")] = None,
) -> None:
    """Write the barometer as one JSON object: value in [0, 1], 95% interval, count; null where there is no news."""
    with open_store(database) as engine:
        from barometer.live.coin_table import COINS  # noqa: PLC0415
        from barometer.live.index import last_hours  # noqa: PLC0415
        from barometer.live.store.engine import reading  # noqa: PLC0415
        from barometer.live.store.versions import active_version  # noqa: PLC0415

        coin = coin.upper() if coin else None
        if coin and coin not in {known.ticker for known in COINS}:
            fail(f"--coin {coin}: unknown coin; expected a ticker such as BTC")
        with reading(engine) as connection:
            version = active_version(connection)
            if version is None:
                fail("nothing has been scored yet; run: barometer score")
            found = last_hours(connection, version, hours, datetime.now(UTC), coin)
    typer.echo(json.dumps(asdict(found) | {"coin": coin, "model_version": version}, default=datetime.isoformat))


@app.command(rich_help_panel=LIVE)
def backfill(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, or JSON lines (.jsonl), with title and date; optional source and url.")
    ],
    config: Feeds = defaults.FEEDS,
    database: Database = defaults.DATABASE_URL,
    utc: Annotated[bool, typer.Option("--utc", help="Read dates without a time zone as UTC.")] = False,
) -> None:
    """Import old headlines of any age through the crawl's filters; running again changes nothing."""
    with open_store(database) as engine:
        from barometer.live.backfill import backfill, backfill_lines  # noqa: PLC0415
        from barometer.live.history import HistoryError, read_history  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415

        rules, now = load_feeds(config).filters, datetime.now(UTC)
        try:
            read = [read_history(file, now, assume_utc=utc) for file in files]
        except (HistoryError, OSError) as error:
            fail(str(error))
        history = [title for titles, _ in read for title in titles]
        bad = [row for _, rows in read for row in rows]
        with typer.progressbar(length=len(history), label="headlines", file=sys.stderr) as bar:
            done = backfill(engine, rules, history, now, bar.update)
    typer.echo("".join(f"{row}\n" for row in bad[:_SHOWN]), err=True, nl=False)
    if len(bad) > _SHOWN:
        typer.echo(f"... and {len(bad) - _SHOWN:,} more bad rows", err=True)
    typer.echo("\n".join(backfill_lines(done, len(bad))))


@app.command(rich_help_panel=LIVE)
def refresh(
    config: Schedule = defaults.SCHEDULE,
    database: Database = defaults.DATABASE_URL,
    model: Model = defaults.MODEL,
) -> None:
    """Crawl, score and sample for annotation once, without a server; print a summary and the barometer."""
    use_checkout("pipelines", sqlalchemy="live")
    from pipelines.flows.once import refresh_once  # noqa: PLC0415
    from pipelines.flows.settings import ProductionError  # noqa: PLC0415

    with reported_errors(ProductionError):
        refresh_once(_production(config, database, model))


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
    from pipelines.flows.settings import ProductionError  # noqa: PLC0415

    with reported_errors(ProductionError):
        run_schedule(_production(config, database, model), config, port, now)


def _production(config: Path, database: str, model: Path) -> "Production":
    """Settings and places of production; also set in the environment, where the processes of Prefect find them."""
    from pipelines.flows.settings import load_production  # noqa: PLC0415

    os.environ |= {defaults.DATABASE_VARIABLE: database, defaults.MODEL_VARIABLE: str(model)}
    return load_production(config)


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
    from pipelines.flows.deployments import deploy_to  # noqa: PLC0415
    from pipelines.flows.settings import load_production  # noqa: PLC0415

    with reported_errors():
        deploy_to(pool, load_production(config).settings, config, folder or Path.cwd())


@flows.command("server")
def flows_server(port: Port = defaults.PREFECT_PORT) -> None:
    """Run a Prefect server only, until SIGTERM or Ctrl-C; it keeps its state in PREFECT_HOME."""
    use_checkout("pipelines", sqlalchemy="live", prefect="flows")
    from pipelines.flows.server import run_server  # noqa: PLC0415
    from pipelines.flows.settings import ProductionError  # noqa: PLC0415

    with reported_errors(ProductionError):
        run_server(port)
