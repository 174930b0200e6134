"""The program `barometer`. Heavy modules are imported by the commands that need them."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Annotated

import typer

from barometer import defaults
from barometer.cli import alerts, annotate, archive, feeds, hub, live, model, research, schedule, serve
from barometer.cli.common import PREDICT, Model, fail
from barometer.defaults import FAST, find_model

LARGE = 1 << 19  # bytes, some 7,000 headlines

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
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
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show package and model version."),
    ] = False,
) -> None:
    """Score the sentiment of crypto headlines: negative, neutral or positive."""


@app.command(rich_help_panel=PREDICT)
def predict(
    file: Annotated[str, typer.Argument(help="File with one headline per line, UTF-8; - is standard input.")] = "-",
    model: Model = defaults.MODEL,
    batch_size: Annotated[int, typer.Option(min=1, max=65536, help="Maximum number of lines scored at once.")] = 1024,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print model and runtime to standard error.")] = False,
) -> None:
    """Write one JSON object per line, in order: class probabilities, news probability, label and model version."""
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
    with stream, _closed_pipe_is_no_error():
        for answer in predict_lines(predictor, read_lines(stream, batch_size)):
            output.write(answer.encode() + b"\n")
            output.flush()


def _open(file: str) -> IO[bytes]:
    return sys.stdin.buffer if file == "-" else Path(file).open("rb")


def _is_large(stream: IO[bytes]) -> bool:
    """Whether a file is worth the second that a faster runtime takes to load; the length of a pipe is unknown."""
    try:
        return os.fstat(stream.fileno()).st_size >= LARGE
    except OSError:  # a stream that is not a file
        return False


@contextmanager
def _closed_pipe_is_no_error() -> Iterator[None]:
    """A reader that stops early (`| head`) is not an error, though Typer would exit with 1."""
    try:
        yield
    except BrokenPipeError:
        # Python flushes standard output at exit; redirecting it keeps that from failing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


for commands in (live, feeds, alerts, archive, schedule, annotate, research, serve, hub, model):
    app.add_typer(commands.app)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
