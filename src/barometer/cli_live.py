"""The commands of production: crawl, score, index, serve, and the store behind them; their environment is read here."""

import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from barometer.cli_errors import fail, needs_extra
from barometer.cli_store import (
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
        from barometer.live.crawl import crawl_feeds  # noqa: PLC0415
        from barometer.live.crawl_store import EngineStore  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
        from barometer.live.store.engine import writing  # noqa: PLC0415
        from barometer.live.store.runs import record_run  # noqa: PLC0415
        from barometer.live.summary import summary_lines  # noqa: PLC0415

        settings = load_feeds(config)
        with typer.progressbar(length=len(settings.addresses), label="feeds", file=sys.stderr) as bar:
            summary = crawl_feeds(settings, EngineStore(engine), lambda _: bar.update(1))
        with writing(engine) as connection:
            record_run(connection, "crawl", datetime.now(UTC))
    typer.echo("\n".join(summary_lines(summary)))


def score(
    database: Database = DEFAULT_URL,
    model: Model = DEFAULT_MODEL,
    days: Annotated[int, typer.Option(min=1, help="Score headlines of the last so many days.")] = 366,
) -> None:
    """Score what this model version has not scored yet, then show this version."""
    with open_store(database) as engine:
        from barometer.live.score import score_titles  # noqa: PLC0415
        from barometer.live.store.engine import writing  # noqa: PLC0415
        from barometer.live.store.runs import record_run  # noqa: PLC0415
        from barometer.live.store.versions import activate_version  # noqa: PLC0415
        from barometer.predictor import Predictor  # noqa: PLC0415

        predictor = Predictor.load(model)
        now = datetime.now(UTC)
        scored = score_titles(engine, predictor.version, predictor.predict_proba, since=now - timedelta(days=days))
        with writing(engine) as connection:
            activate_version(connection, predictor.version, now)
            record_run(connection, "score", datetime.now(UTC))
    typer.echo(f"{scored:,} headlines scored by {predictor.version}")


def index(
    database: Database = DEFAULT_URL,
    hours: Annotated[int, typer.Option(min=1, max=24 * 366, help="Length of the window that ends now.")] = 24,
    coin: Annotated[str | None, typer.Option(help="Ticker, such as BTC.")] = None,
) -> None:
    """Write the barometer as one JSON object: value in [0, 1], 95 % interval, count; null where there is no news."""
    with open_store(database) as engine:
        from barometer.live.index import last_hours  # noqa: PLC0415
        from barometer.live.store.engine import reading  # noqa: PLC0415
        from barometer.live.store.versions import active_version  # noqa: PLC0415

        with reading(engine) as connection:
            version = active_version(connection)
            if version is None:
                fail("nothing was scored yet; run: barometer score")
            found = last_hours(connection, version, hours, datetime.now(UTC), coin)
    typer.echo(json.dumps(asdict(found) | {"coin": coin, "model_version": version}, default=datetime.isoformat))


def serve(service: Annotated[Literal["model", "data"], typer.Argument(help="Which API.")]) -> None:
    """Answer the model API (port 8001) or the data API (port 8002), from a checkout of the repository."""
    with needs_extra("serve"):
        import uvicorn  # noqa: F401, PLC0415
    root = Path(__file__).resolve().parents[2]
    if not (root / "serve" / "api").is_dir():
        fail(f"the services are part of the repository, which is not at {root}; install it with pip install -e")
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    # In place of this process, so that what stops it stops the service.
    os.execve(  # noqa: S606
        sys.executable, [sys.executable, "-m", "serve.api", service], os.environ | {"PYTHONPATH": path}
    )
