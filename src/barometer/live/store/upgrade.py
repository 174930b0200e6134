"""Migrates the tables of a database to the revision that this code expects; doing it again changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from barometer.live.store.dialects import lift_time_limit
from barometer.live.store.engine import StoreError, open_engine, reading, writing

if TYPE_CHECKING:  # only an upgrade needs it, and every command opens the store
    from alembic.config import Config

_MIGRATIONS = Path(__file__).with_name("migrations")
# An arbitrary number for PostgreSQL's advisory lock.
_LOCK = 0x6261726F6D657465


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def expected_revision() -> str:
    """The revision of the tables that this code reads and writes, as the newest migration's file is named."""
    return max(path.name[1:5] for path in _MIGRATIONS.glob("versions/s[0-9][0-9][0-9][0-9]_*.py"))


def current_revision(connection: Connection) -> str | None:
    """The revision of the tables of a database, or None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def upgrade(
    engine: Engine, revision: str = "head", progress: Callable[[str], object] = lambda line: None
) -> str | None:
    """Apply the missing migrations up to `revision`, all or none of them; return the revision afterwards.

    Concurrent upgrades wait for each other. `progress` is called with a line after each part of a long one.

    Raises:
        StoreError: if the tables are of an unknown revision, from newer code.
    """
    from alembic import command  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    with writing(engine) as connection:
        lift_time_limit(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = current_revision(connection)
        known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
        if before is not None and before not in known:
            raise StoreError(f"the tables are of revision {before}, unknown to this version; update it")
        config = _config()
        config.attributes |= {"connection": connection, "progress": progress}
        command.upgrade(config, revision)
        return current_revision(connection)


def check_revision(engine: Engine) -> None:
    """Raise `StoreError` if the tables are missing or of another revision than this code expects."""
    with reading(engine) as connection:
        found = current_revision(connection)
    if found is None:
        raise StoreError("the database has no tables yet; run `barometer db upgrade`")
    if found != expected_revision():
        raise StoreError(
            f"the tables are of revision {found}, expected {expected_revision()}; run `barometer db upgrade`"
        )


@contextmanager
def opened_store(url: str, *, checked: bool = True) -> Iterator[Engine]:
    """An engine on a database URL, disposed of at the end.

    Without `checked` the tables may be missing or of another revision.

    Raises:
        StoreError: if the URL is invalid, or as `check_revision` does.
    """
    engine = open_engine(url)
    try:
        if checked:
            check_revision(engine)
        yield engine
    finally:
        engine.dispose()
