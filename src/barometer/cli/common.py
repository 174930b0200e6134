"""What commands share: their options, the store they open, the code of the checkout, and how they end on an error."""

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from barometer import defaults
from barometer.defaults import find_model

if TYPE_CHECKING:
    from sqlalchemy import Engine

# The panels of `barometer --help`.
PREDICT, LIVE, ANNOTATE, RESEARCH, SERVE = "Predict", "Live", "Annotate", "Research", "Serve"

Database = Annotated[
    str, typer.Option(envvar=defaults.DATABASE_VARIABLE, help="sqlite:///FILE or postgresql://USER@HOST/NAME.")
]
Model = Annotated[
    Path,
    typer.Option(
        envvar=defaults.MODEL_VARIABLE,
        parser=find_model,
        metavar="MODEL",
        help="fast (the released model), champion (what `barometer model pull` fetched), or a folder.",
    ),
]
Feeds = Annotated[Path, typer.Option(help="YAML file of feeds and filter rules.")]

_ROOT = Path(__file__).resolve().parents[3]


def fail(message: str) -> NoReturn:
    """Print what is wrong to standard error, and exit with status 2."""
    typer.echo(f"barometer: {message}", err=True)
    sys.exit(2)


def progress(length: int, label: str) -> AbstractContextManager[Any]:
    """A progress bar on a terminal's standard error, and nothing elsewhere: there an error is the one line."""
    return typer.progressbar(length=length, label=label, file=sys.stderr if sys.stderr.isatty() else StringIO())


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Around the imports of a command: a missing package ends it with the name of the extra that brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        fail(f"this needs the extra `{extra}` ({error.name} is missing): pip install 'crypto-news-barometer[{extra}]'")


def use_checkout(package: str, **extras: str) -> None:
    """Make a package beside `src/`, `serve` or `pipelines`, importable here and in the processes started from here.

    Args:
        package: its name; the wheel does not contain it.
        extras: third-party modules that it imports, and the extra that brings each.
    """
    for module, extra in extras.items():
        with needs_extra(extra):
            if find_spec(module) is None:  # not imported: some read their environment when they are
                raise ModuleNotFoundError(name=module)
    if not (_ROOT / package).is_dir():
        fail(f"{package} is part of the repository, which is not at {_ROOT}; install it with pip install -e")
    root = str(_ROOT)
    if root not in sys.path:
        sys.path.insert(0, root)
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if root not in known:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, *known]))


@contextmanager
def open_store(database: str, *, checked: bool = True) -> Iterator["Engine"]:
    """An engine on a database URL, disposed of at the end; errors are reported as `reported_errors` does.

    Without `checked` the tables may be missing or of another version, and the folder of an SQLite file is created.
    """
    with needs_extra("live"):
        from barometer.live.store.engine import make_folder  # noqa: PLC0415
        from barometer.live.store.upgrade import opened_store  # noqa: PLC0415
    with reported_errors():
        if not checked:
            make_folder(database)
        with opened_store(database, checked=checked) as engine:
            yield engine


@contextmanager
def reported_errors(*others: type[Exception]) -> Iterator[None]:
    """Turn errors that a user can fix, and `others`, into one line and exit status 2."""
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415

    from barometer.card import ArtifactError  # noqa: PLC0415
    from barometer.live.store.engine import StoreError, describe_error  # noqa: PLC0415
    from barometer.settings import SettingsError  # noqa: PLC0415

    expected: tuple[type[Exception], ...] = (ArtifactError, SettingsError, StoreError, *others)
    try:
        yield
    except expected as error:
        fail(str(error))
    except DatabaseError as error:
        fail(describe_error(error))


@contextmanager
def reported_refusal(name: str) -> Iterator[None]:
    """Turn a refusal of the hub, or a failure to reach it, into one line and exit status 2."""
    from huggingface_hub import errors  # noqa: PLC0415

    # Any failure of its HTTP client, whichever client its version has.
    unreachable = errors.HTTPError  # type: ignore[attr-defined]
    try:
        yield
    except (unreachable, errors.HFValidationError, errors.OfflineModeIsEnabled) as error:
        fail(f"{name} was not uploaded: {' '.join(str(error).split())}")
