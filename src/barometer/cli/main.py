"""The command `barometer`. Imports of heavy parts wait until a command needs them."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import IO, Annotated

import typer

from barometer.cli import fetch, flows, labels, live, space
from barometer.cli.errors import fail, needs_extra
from barometer.cli.store import DEFAULT_MODEL, DEFAULT_URL, Database, Model, open_store
from barometer.release import FAST, find_model

WEEK = 7  # days
LARGE = 1 << 19  # bytes, some 7,000 headlines

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _say_version(wanted: bool) -> None:
    if not wanted:
        return
    card = find_model(FAST) / "card.json"
    model = json.loads(card.read_text(encoding="utf-8"))["version"] if card.is_file() else "not here"
    typer.echo(f"barometer {version('crypto-news-barometer')}, model {FAST} {model}")
    raise typer.Exit


@app.callback()
def barometer(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Show package and model version."),
    ] = False,
) -> None:
    """Read crypto headlines and say how negative, neutral or positive they are."""


@app.command()
def predict(
    file: Annotated[str, typer.Argument(help="File with one headline a line, UTF-8; - is standard input.")] = "-",
    model: Model = DEFAULT_MODEL,
    batch_size: Annotated[int, typer.Option(min=1, max=65536, help="Most lines scored at once.")] = 1024,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say on standard error which model and runtime answer.")
    ] = False,
) -> None:
    """Write one JSON object for each line, in order: probabilities of classes and of news, label and model version."""
    from barometer.card import ArtifactError  # noqa: PLC0415
    from barometer.predictor import Predictor  # noqa: PLC0415
    from barometer.runtimes import quick_start  # noqa: PLC0415
    from barometer.stream import predict_lines, read_lines  # noqa: PLC0415

    try:
        stream = _open(file)
        predictor = Predictor.load(model, runtime=None if _is_large(stream) else quick_start())
    except (ArtifactError, OSError) as error:
        fail(str(error))
    if verbose:
        typer.echo(
            f"{predictor.card.name} {predictor.version}, {predictor.runtime}, {predictor.threads} threads", err=True
        )
    output = sys.stdout.buffer  # bytes, so that the output is UTF-8 whatever the locale
    with stream, _reader_may_leave():
        for answer in predict_lines(predictor, read_lines(stream, batch_size)):
            output.write(answer.encode() + b"\n")
            output.flush()


@app.command()
def drift(
    reference: Annotated[Path, typer.Option(help="CSV file or folder with a column `text`: what a model learnt from.")],
    newer: Annotated[Path | None, typer.Option(help="The same of newer headlines; a column `date` for --days.")] = None,
    days: Annotated[
        int | None,
        typer.Option(
            min=1, max=36_500, help="Only the last so many days: before the newest of the file, or before now."
        ),
    ] = None,
    database: Database = DEFAULT_URL,
) -> None:
    """Ask whether newer headlines can be told from older ones; write one JSON object.

    Without --newer they are those that the store has of the last 7 days, or of so many as --days says.

    `auc` is 0.5 where a classifier cannot tell them apart (`control` shows what that looks like), 1 where it always
    can.
    """
    with needs_extra("train"):
        from barometer.corpus.sources import CorpusError  # noqa: PLC0415
        from barometer.drift.files import compare_files, compare_titles  # noqa: PLC0415
        from barometer.drift.measure import DriftError  # noqa: PLC0415

    try:
        if newer is None:
            days = days or WEEK
            found = compare_titles(reference, _stored_titles(database, days), days)
        else:
            found = compare_files(reference, newer, days=days)
    except (CorpusError, DriftError, OSError) as error:
        fail(str(error))
    typer.echo(json.dumps(found, ensure_ascii=False))


def _stored_titles(database: str, days: int) -> list[tuple[datetime, str]]:
    """When the headlines of the last so many days were published, and their texts."""
    with open_store(database) as engine:
        from barometer.live.store.engine import reading  # noqa: PLC0415
        from barometer.live.store.titles import dated_titles  # noqa: PLC0415

        now = datetime.now(UTC)
        with reading(engine) as connection:
            return dated_titles(connection, now - timedelta(days=days), now)


def _open(file: str) -> IO[bytes]:
    return sys.stdin.buffer if file == "-" else Path(file).open("rb")


def _is_large(stream: IO[bytes]) -> bool:
    """Whether a file is worth the second that a faster runtime takes to load; of a pipe nobody knows."""
    try:
        return os.fstat(stream.fileno()).st_size >= LARGE
    except OSError:  # a stream that is no file
        return False


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """A reader that goes away (`| head`) is no error, though the command line library would exit with 1."""
    try:
        yield
    except BrokenPipeError:
        # Python flushes standard output at exit; pointing it elsewhere keeps that from failing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


for commands in (fetch, live, flows, labels, space):
    commands.add_commands(app)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
