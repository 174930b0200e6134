"""Commands for annotation: headlines out of the store to annotators, and their labels back into it."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barometer import defaults
from barometer.cli.common import (
    ANNOTATE,
    Database,
    fail,
    needs_extra,
    open_store,
    reported_errors,
    use_checkout,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from pipelines.flows.settings import Production

app = typer.Typer()
labels = typer.Typer(no_args_is_help=True)
app.add_typer(labels, name="labels", help="Exchange headlines and labels with annotators.", rich_help_panel=ANNOTATE)

annotation = typer.Typer(no_args_is_help=True)
app.add_typer(annotation, name="annotation", help="Exchange them with Label Studio.", rich_help_panel=ANNOTATE)

Schedule = Annotated[Path, typer.Option(help="YAML file of the schedule, section annotation.")]
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
        from barometer.live.annotation.interface import label_config  # noqa: PLC0415

        _write(file, label_config(), "the labelling interface")
        return
    with open_store(database) as engine:
        text, what = _corpus(engine) if labelled else _tasks(engine)
    _write(file, text, what)


def _tasks(engine: "Engine") -> tuple[str, str]:
    from barometer.live.annotation.interface import title_tasks  # noqa: PLC0415
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
    file: Annotated[Path, typer.Argument(help="Export of Label Studio: JSON, JSON-MIN, CSV or TSV.")],
    database: Database = defaults.DATABASE_URL,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Ignore headlines that are not in the store.")
    ] = False,
) -> None:
    """Store annotations; repeating an import changes nothing, and a newer label replaces an older one.

    Of a project that `barometer annotation pull` pulls, nothing needs to be imported.
    """
    with open_store(database) as engine:
        from barometer.live.annotation.answers import LabelError  # noqa: PLC0415
        from barometer.live.annotation.exports import read_export  # noqa: PLC0415
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


def _work(config: Path, database: str) -> "Production":
    from pipelines.flows.settings import load_production  # noqa: PLC0415

    return load_production(config, os.environ | {defaults.DATABASE_VARIABLE: database})


@contextmanager
def _reported() -> Iterator[None]:
    use_checkout("pipelines", sqlalchemy="live")
    from barometer.live.annotation.studio import StudioError  # noqa: PLC0415
    from barometer.live.store.annotation import BusyError  # noqa: PLC0415

    with reported_errors(StudioError, BusyError):
        yield


@annotation.command("setup")
def annotation_setup(config: Schedule = defaults.SCHEDULE, database: Database = defaults.DATABASE_URL) -> None:
    """Make the project in Label Studio, or bring it up to date; doing it again changes nothing.

    LABEL_STUDIO_URL and LABEL_STUDIO_TOKEN, a personal access token, say where.
    """
    with _reported():
        from pipelines.flows.annotation import setup  # noqa: PLC0415

        typer.echo(setup(_work(config, database)))


@annotation.command("push")
def annotation_push(config: Schedule = defaults.SCHEDULE, database: Database = defaults.DATABASE_URL) -> None:
    """Import the sampled headlines into Label Studio, each once, as far as few enough await an answer."""
    with _reported():
        from pipelines.flows.annotation import push, pushed_line  # noqa: PLC0415

        typer.echo(pushed_line(push(_work(config, database))))


@annotation.command("pull")
def annotation_pull(config: Schedule = defaults.SCHEDULE, database: Database = defaults.DATABASE_URL) -> None:
    """Fetch the answers that changed since the last pull; edits, deletions and skips are mirrored."""
    with _reported():
        from pipelines.flows.annotation import pull, pulled_lines  # noqa: PLC0415

        typer.echo("\n".join(pulled_lines(pull(_work(config, database)))))


@annotation.command("agreement")
def annotation_agreement(database: Database = defaults.DATABASE_URL) -> None:
    """Measure how far annotators agree on the current labels; write one JSON object.

    `alpha` is Krippendorff's, for ordinal labels; `kappa` is Cohen's, of each pair. Annotators are numbered.
    """
    with open_store(database) as engine:
        from barometer.live.annotation.labels import read_annotations  # noqa: PLC0415
        from barometer.live.store.engine import reading  # noqa: PLC0415

        with reading(engine) as connection:
            given = read_annotations(connection)
    with needs_extra("train"):
        import pandas as pd  # noqa: PLC0415

        from barometer.corpus.annotate import agreement  # noqa: PLC0415
    numbers = {who: number for number, who in enumerate(sorted({label.annotator for label in given}), start=1)}
    votes = [
        {"corpus": "live", "id": label.title_id, "annotator": str(numbers[label.annotator]), "label": int(label.label)}
        for label in given
        if label.label is not None
    ]
    found = agreement(pd.DataFrame(votes).assign(expert=False))["live"] if votes else None
    typer.echo(json.dumps(asdict(found) if found else {"headlines": 0, "votes": 0, "annotators": 0}))
