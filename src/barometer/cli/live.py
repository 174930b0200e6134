"""Commands of production: the store, crawling, scoring, the barometer, and old headlines."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from barometer import defaults
from barometer.cli.common import (
    LIVE,
    Database,
    Feeds,
    Model,
    fail,
    open_store,
    progress,
)

_SHOWN = 20  # of the rows that could not be read

app = typer.Typer()
db = typer.Typer(no_args_is_help=True)
app.add_typer(db, name="db", help="Manage the store.", rich_help_panel=LIVE)


@db.command("upgrade")
def db_upgrade(database: Database = defaults.DATABASE_URL) -> None:
    """Create the tables of the store, or upgrade them to this version."""
    with open_store(database, checked=False) as engine:
        from barometer.live.store.upgrade import upgrade  # noqa: PLC0415

        revision = upgrade(engine, progress=lambda line: typer.echo(line, err=True))
        typer.echo(f"store at revision {revision}")


@app.command(rich_help_panel=LIVE)
def crawl(config: Feeds = defaults.FEEDS, database: Database = defaults.DATABASE_URL) -> None:
    """Fetch every feed that is due, and store its news."""
    with open_store(database) as engine:
        from barometer.live.refresh import crawl_news  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415
        from barometer.live.summary import summary_lines  # noqa: PLC0415

        settings = load_feeds(config)
        with progress(len(settings.addresses), "feeds") as bar:
            summary = crawl_news(engine, settings, lambda _: bar.update(1))
    typer.echo("\n".join(summary_lines(summary)))
    if not summary.complete:
        typer.echo("barometer: another crawl is reading the feeds in progress; this one does not count", err=True)
    if summary.all_failed:
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
        with progress(length, "headlines") as bar:
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
        from barometer.coins import coin_titles  # noqa: PLC0415
        from barometer.live.index import last_hours  # noqa: PLC0415
        from barometer.live.store.engine import reading  # noqa: PLC0415
        from barometer.live.store.standing import active_version  # noqa: PLC0415

        coin = coin.upper() if coin else None
        if coin and coin not in coin_titles():
            fail(f"--coin {coin}: unknown coin; expected a ticker such as BTC")
        with reading(engine) as connection:
            version = active_version(connection)
            if version is None:
                fail("nothing has been scored yet; run: barometer score")
            found = last_hours(connection, version, hours, datetime.now(UTC), coin)
    typer.echo(json.dumps(found._asdict() | {"coin": coin, "model_version": version}, default=datetime.isoformat))


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
        from barometer.live.backfill import HistoryError, backfill, read_history  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415

        feeds, now = load_feeds(config), datetime.now(UTC)
        try:
            read = [read_history(file, now, assume_utc=utc) for file in files]
        except (HistoryError, OSError) as error:
            fail(str(error))
        history = [title for titles, _ in read for title in titles]
        bad = [row for _, rows in read for row in rows]
        with progress(len(history), "headlines") as bar:
            done = backfill(engine, feeds.filters, history, now, bar.update, feeds.stories.count)
    typer.echo("".join(f"{row}\n" for row in bad[:_SHOWN]), err=True, nl=False)
    if len(bad) > _SHOWN:
        typer.echo(f"... and {len(bad) - _SHOWN:,} more bad rows", err=True)
    typer.echo("\n".join(done.lines(len(bad))))
