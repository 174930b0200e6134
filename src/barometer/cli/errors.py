"""How every command ends when it cannot go on: one line that names what is wrong, and exit status 2."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error, and exit with status 2."""
    typer.echo(f"barometer: {message}", err=True)
    sys.exit(2)  # programs of the checkout end like this, too, where typer is not there to catch an exit of its own


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Around the imports of a command: a missing package is told with the extra that brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        fail(f"this needs the extra `{extra}` ({error.name} is missing): pip install 'crypto-news-barometer[{extra}]'")
