"""What commands on the store share: their options, how the store is opened, and how its errors are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barometer.cli.errors import fail, needs_extra
from barometer.release import FAST, find_model

if TYPE_CHECKING:
    from sqlalchemy import Engine

URL_VARIABLE = "BAROMETER_DATABASE_URL"
DEFAULT_URL = "sqlite:///outputs/barometer.db"  # as in serve/api/settings.py
MODEL_VARIABLE = "BAROMETER_MODEL"
DEFAULT_MODEL = Path(FAST)
DEFAULT_FEEDS = Path("conf/feeds/default.yaml")

Database = Annotated[str, typer.Option(envvar=URL_VARIABLE, help="sqlite:///FILE or postgresql://USER@HOST/NAME.")]
Model = Annotated[
    Path,
    typer.Option(
        envvar=MODEL_VARIABLE,
        parser=find_model,
        metavar="MODEL",
        help="The released model, fast, or the folder of a model artifact.",
    ),
]
Feeds = Annotated[Path, typer.Option(help="YAML file of feeds and rules.")]


@contextmanager
def open_store(database: str, *, checked: bool = True) -> Iterator["Engine"]:
    """An engine on a database URL, disposed of at the end; what a user can mend is told as `said_plainly` does.

    Without `checked` the tables may be missing or of another version, and the folder of an SQLite file is made.
    """
    with needs_extra("live"):
        from barometer.live.store.engine import make_folder  # noqa: PLC0415
        from barometer.live.store.upgrade import opened_store  # noqa: PLC0415
    with said_plainly():
        if not checked:
            make_folder(database)
        with opened_store(database, checked=checked) as engine:
            yield engine


@contextmanager
def said_plainly(*others: type[Exception]) -> Iterator[None]:
    """Errors that a user can mend, and `others`, become one line and exit status 2."""
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415

    from barometer.card import ArtifactError  # noqa: PLC0415
    from barometer.live.store.engine import StoreError, describe_error  # noqa: PLC0415
    from barometer.settings import SettingsError  # noqa: PLC0415

    told: tuple[type[Exception], ...] = (ArtifactError, SettingsError, StoreError, *others)
    try:
        yield
    except told as error:
        fail(str(error))
    except DatabaseError as error:
        fail(describe_error(error))
