"""The commands of production: crawl, score, index, serve, and the store behind them; their environment is read here."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from barometer.cli.errors import fail, needs_extra
from barometer.cli.run import run_module
from barometer.cli.store import (
    DEFAULT_FEEDS,
    DEFAULT_MODEL,
    DEFAULT_URL,
    Database,
    Feeds,
    Model,
    open_store,
    said_plainly,
)

db = typer.Typer(no_args_is_help=True, help="The store.")
feeds = typer.Typer(no_args_is_help=True, help="The feeds.")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of production to the program."""
    app.add_typer(db, name="db")
    app.add_typer(feeds, name="feeds")
    for command in (crawl, score, index, serve):
        app.command()(command)


@db.command("upgrade")
def db_upgrade(database: Database = DEFAULT_URL) -> None:
    """Make the tables of the store, or bring them to this version."""
    with open_store(database, checked=False) as engine:
        from barometer.live.store.upgrade import upgrade  # noqa: PLC0415

        typer.echo(f"store at revision {upgrade(engine)}")


@feeds.command("check")
def feeds_check(config: Feeds = DEFAULT_FEEDS) -> None:
    """Ask every feed once and report the dead, the stale and the moved; nothing is stored."""
    with needs_extra("live"):
        from barometer.live.check_feeds import check_feeds, check_lines  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
    with said_plainly():
        checks = check_feeds(load_feeds(config))
    typer.echo("\n".join(check_lines(checks, datetime.now(UTC))))


def crawl(config: Feeds = DEFAULT_FEEDS, database: Database = DEFAULT_URL) -> None:
    """Ask every feed that is due, and store what is news."""
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


def score(
    database: Database = DEFAULT_URL,
    model: Model = DEFAULT_MODEL,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Score headlines of the last so many days.")] = 366,
) -> None:
    """Score what this model version has not scored yet, then show this version."""
    with open_store(database) as engine:
        from barometer.live.refresh import score_window, waiting  # noqa: PLC0415
        from barometer.predictor import Predictor  # noqa: PLC0415
        from barometer.scoring import scorer_of  # noqa: PLC0415

        scorer = scorer_of(Predictor.load(model))
        length = waiting(engine, scorer.version, days)
        with typer.progressbar(length=length, label="headlines", file=sys.stderr) as bar:
            scored = score_window(engine, scorer, days, bar.update)
    typer.echo(f"{scored:,} headlines scored by {scorer.version}")


def index(
    database: Database = DEFAULT_URL,
    hours: Annotated[int, typer.Option(min=1, max=24 * 366, help="Length of the window that ends now.")] = 24,
    coin: Annotated[str | None, typer.Option(help="Ticker, such as BTC.")] = None,
) -> None:
    """Write the barometer as one JSON object: value in [0, 1], 95 % interval, count; null where there is no news."""
    with open_store(database) as engine:
        from barometer.coins import coin_titles  # noqa: PLC0415
        from barometer.live.index import last_hours  # noqa: PLC0415
        from barometer.live.store.engine import reading  # noqa: PLC0415
        from barometer.live.store.versions import active_version  # noqa: PLC0415

        coin = coin.upper() if coin else None
        if coin and coin not in coin_titles():
            fail(f"--coin {coin}: no coin that headlines are searched for; expected a ticker such as BTC")
        with reading(engine) as connection:
            version = active_version(connection)
            if version is None:
                fail("nothing was scored yet; run: barometer score")
            found = last_hours(connection, version, hours, datetime.now(UTC), coin)
    typer.echo(json.dumps(asdict(found) | {"coin": coin, "model_version": version}, default=datetime.isoformat))


def serve(service: Annotated[Literal["model", "data", "app"], typer.Argument(help="What answers.")]) -> None:
    """Answer the model API (port 8001), the data API (port 8002) or the app (port 7860), from a checkout."""
    if service == "app":
        run_module("serve.app", extras={"sqlalchemy": "live", "gradio": "app"})
    run_module("serve.api", service, extras={"uvicorn": "serve"})
