"""Commands for archives: scoring many headlines at once, on this machine or a cluster, and loading the result."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from barometer import defaults
from barometer.cli.common import LIVE, Database, Feeds, Model, fail, needs_extra, open_store, progress

if TYPE_CHECKING:
    from barometer.archive.manifest import Manifest

app = typer.Typer()
archive = typer.Typer(no_args_is_help=True)
app.add_typer(archive, name="archive", help="Score many headlines at once, and load them.", rich_help_panel=LIVE)


@contextmanager
def _reported() -> Iterator[None]:
    from barometer.archive.places import ArchiveError  # noqa: PLC0415
    from barometer.card import ArtifactError  # noqa: PLC0415

    try:
        yield
    except (ArchiveError, ArtifactError, OSError) as error:
        fail(str(error))


@archive.command("score")
def archive_score(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="CSV, JSON Lines or Parquet: a file, a folder, or s3://BUCKET/KEY.")
    ],
    out: Annotated[str, typer.Argument(metavar="OUT", help="Folder, or s3://BUCKET/KEY: empty, or begun before.")],
    model: Model = defaults.MODEL,
    address: Annotated[
        str | None, typer.Option(help="ray://HOST:PORT of a cluster; without it, Ray runs on this machine.")
    ] = None,
    utc: Annotated[bool, typer.Option("--utc", help="Read times without a time zone as UTC.")] = False,
    part: Annotated[int, typer.Option(min=1, max=1_000_000, help="Rows that are scored, or lost, together.")] = 4096,
) -> None:
    """Score headlines, columns title and pub_time (ISO 8601), to Parquet by month; a run that was killed goes on."""
    with needs_extra("scale"):
        import pyarrow  # noqa: F401, PLC0415
        import ray  # noqa: F401, PLC0415
        from tqdm import tqdm  # noqa: PLC0415

        from barometer.archive.places import Place  # noqa: PLC0415
    from barometer.archive.score import score_archive  # noqa: PLC0415

    with _reported(), tqdm(unit=" headlines", file=sys.stderr, disable=None, smoothing=0.1) as bar:
        begun = time.monotonic()

        def show(now: Any) -> None:  # noqa: ANN401 - of a module that is not imported for `--help`
            if not bar.n:
                bar.initial = bar.n = now.rows  # what was done before says nothing of the rate
            bar.total = now.all_rows or None
            bar.set_postfix_str(f"months {now.months}/{now.all_months}" if now.all_months else "", refresh=False)
            bar.update(now.rows - bar.n)

        done = score_archive(Place(source), Place(out), model, address=address, utc=utc, part_rows=part, show=show)
    _say(done, out, time.monotonic() - begun)


def _say(done: "Manifest", out: str, seconds: float) -> None:
    for line in done.shown:
        typer.echo(line, err=True)
    summary = {
        "out": out, "model_version": done.version, "headlines": done.headlines, "bad": done.bad,
        "months": len(done.months), "finished": done.finished, "seconds": round(seconds, 1),
    }  # fmt: skip
    typer.echo(json.dumps(summary, ensure_ascii=False))


@archive.command("load")
def archive_load(
    out: Annotated[str, typer.Argument(metavar="OUT", help="What `barometer archive score` wrote.")],
    config: Feeds = defaults.FEEDS,
    database: Database = defaults.DATABASE_URL,
) -> None:
    """Store the headlines and scores of an archive; loading again, or going on after a kill, changes nothing else."""
    with needs_extra("scale"):
        import pyarrow  # noqa: F401, PLC0415

        from barometer.archive.places import Place  # noqa: PLC0415
    with open_store(database) as engine, _reported():
        from barometer.archive.load import load_archive, open_complete  # noqa: PLC0415
        from barometer.live.settings import load_feeds  # noqa: PLC0415

        place = Place(out)
        manifest = open_complete(place)
        reach = timedelta(days=load_feeds(config).filters.near_duplicate_days)
        with progress(manifest.headlines, "headlines") as bar:
            done = load_archive(engine, place, manifest, reach, datetime.now(UTC), bar.update)
    typer.echo(json.dumps({"model_version": manifest.version, **asdict(done)}))
