"""The commands of annotation and history: labels out of and into the store, and old headlines into it."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barometer.cli.errors import fail
from barometer.cli.store import DEFAULT_FEEDS, DEFAULT_URL, Database, Feeds, open_store

if TYPE_CHECKING:
    from sqlalchemy import Engine

_SHOWN = 20  # of the rows that could not be read

labels = typer.Typer(no_args_is_help=True, help="What annotators are asked, and what they said.")

Out = Annotated[str, typer.Argument(help="File to write, UTF-8; - is standard output.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of annotation and history to the program."""
    app.add_typer(labels, name="labels")
    app.command()(backfill)


@labels.command("export")
def labels_export(
    file: Out = "-",
    database: Database = DEFAULT_URL,
    config: Annotated[bool, typer.Option("--config", help="The labelling interface (XML) instead.")] = False,
    labelled: Annotated[bool, typer.Option("--labelled", help="What is labelled, as a corpus (CSV) instead.")] = False,
) -> None:
    """Write the headlines that wait for a label as tasks for Label Studio (JSON).

    `dvc exp run -S corpus=csv -S corpus.path=FILE` trains on what --labelled writes.
    """
    if config and labelled:
        fail("--config and --labelled are two different files; give one of them")
    if config:
        from barometer.live.annotation.label_studio import label_config  # noqa: PLC0415

        _write(file, label_config(), "the labelling interface")
        return
    with open_store(database) as engine:
        text, what = _corpus(engine) if labelled else _tasks(engine)
    _write(file, text, what)


def _tasks(engine: "Engine") -> tuple[str, str]:
    from barometer.live.annotation.label_studio import title_tasks  # noqa: PLC0415
    from barometer.live.annotation.labels import awaited_titles  # noqa: PLC0415
    from barometer.live.store.engine import reading  # noqa: PLC0415

    with reading(engine) as connection:
        awaited = awaited_titles(connection)
    tasks = [task for version, titles in awaited.items() for task in title_tasks(version, titles)]
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", f"{len(tasks):,} headlines to label"


def _corpus(engine: "Engine") -> tuple[str, str]:
    from barometer.live.annotation.labels import corpus_csv, labelled_titles  # noqa: PLC0415
    from barometer.live.store.engine import reading  # noqa: PLC0415

    with reading(engine) as connection:
        titles = labelled_titles(connection)
    text, left_out = corpus_csv(titles)
    return text, f"{len(titles) - left_out:,} labelled headlines; {left_out:,} left out as no news"


def _write(file: str, text: str, what: str) -> None:
    """Write a text and say on standard error what it is, so that standard output holds nothing else."""
    if file == "-":
        sys.stdout.buffer.write(text.encode())
    else:
        try:
            Path(file).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            fail(str(error))
    typer.echo(f"{file}: {what}", err=True)


@labels.command("import")
def labels_import(
    file: Annotated[Path, typer.Argument(help="What Label Studio exported: JSON, JSON-MIN or CSV.")],
    database: Database = DEFAULT_URL,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Pass over headlines that the store does not have.")
    ] = False,
) -> None:
    """Store what annotators said; importing again changes nothing, a newer label replaces an older one."""
    with open_store(database) as engine:
        from barometer.live.annotation.label_studio import LabelError, read_export  # noqa: PLC0415
        from barometer.live.annotation.labels import save_labels  # noqa: PLC0415
        from barometer.live.store.engine import writing  # noqa: PLC0415

        try:
            export = read_export(file)
            with writing(engine) as connection:
                done = save_labels(connection, export, skip_unknown=skip_unknown)
        except (LabelError, OSError) as error:
            fail(str(error))
    skipped = [f"{number:,} {reason}" for reason, number in done.skipped.items() if number]
    typer.echo(f"{done.new:,} new, {done.unchanged:,} unchanged, skipped: {', '.join(skipped) or 'none'}")


def backfill(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, or JSON lines (.jsonl), with title and date; optional source and url.")
    ],
    config: Feeds = DEFAULT_FEEDS,
    database: Database = DEFAULT_URL,
    utc: Annotated[bool, typer.Option("--utc", help="Take dates without a zone as UTC; otherwise refused.")] = False,
) -> None:
    """Add old headlines by the rules of the crawl, whatever their age; running again changes nothing."""
    with open_store(database) as engine:
        from barometer.live.backfill import HistoryError, backfill, read_history  # noqa: PLC0415
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
    typer.echo("\n".join(done.lines(len(bad))))
