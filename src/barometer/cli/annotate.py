"""Commands for annotation: headlines out of the store to annotators, and their labels back into it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barometer import defaults
from barometer.cli.common import ANNOTATE, Database, fail, open_store

if TYPE_CHECKING:
    from sqlalchemy import Engine

app = typer.Typer()
labels = typer.Typer(no_args_is_help=True)
app.add_typer(labels, name="labels", help="Exchange headlines and labels with annotators.", rich_help_panel=ANNOTATE)

Out = Annotated[str, typer.Argument(help="File to write, UTF-8; - is standard output.")]


@labels.command("export")
def labels_export(
    file: Out = "-",
    database: Database = defaults.DATABASE_URL,
    config: Annotated[bool, typer.Option("--config", help="Write the labelling interface (XML) instead.")] = False,
    labelled: Annotated[bool, typer.Option("--labelled", help="Write the labelled corpus (CSV) instead.")] = False,
) -> None:
    """Write the headlines that await a label as Label Studio tasks (JSON).

    Train on a corpus that --labelled wrote with: dvc exp run -S corpus=csv -S corpus.path=FILE
    """
    if config and labelled:
        fail("--config and --labelled write different files; give one of them")
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
    """Write a text, and describe it on standard error, so that standard output holds nothing else."""
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
    file: Annotated[Path, typer.Argument(help="Export of Label Studio: JSON, JSON-MIN or CSV.")],
    database: Database = defaults.DATABASE_URL,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Ignore headlines that are not in the store.")
    ] = False,
) -> None:
    """Store annotations; repeating an import changes nothing, and a newer label replaces an older one."""
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
