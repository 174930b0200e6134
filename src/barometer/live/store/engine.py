"""Engines by URL, and read and write transactions that behave the same in both databases."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from barometer.live.store.dialects import LIMITS, LimitedConnection
from barometer.live.store.errors import StoreError as StoreError  # noqa: PLC0414 - others know it by this module
from barometer.live.store.replaced import watch_file

BUSY_TIMEOUT_MS = 30_000
POOL_TIMEOUT_S = 10  # for one of the engine's connections, when all are in use
_POSTGRESQL = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
# PostgreSQL's codes for a transaction that is read-only (so on a standby), and for a role without the right.
_REFUSED = frozenset({"25006", "42501"})
_SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})


def describe_error(error: DatabaseError) -> str:
    """Describe in one line why a database cannot be reached, opened, written or read.

    Raises:
        DatabaseError: the given error, if it is a fault of the code, such as a missing column.
    """
    if type(error) not in {DatabaseError, OperationalError} and getattr(error.orig, "sqlstate", "") not in _REFUSED:
        raise error
    return f"the database cannot be used: {' '.join(str(error.orig).split())}"


def database_url(text: str) -> URL:
    """Return the SQLAlchemy URL of `sqlite:///FILE` or `postgresql://USER@HOST/NAME`, with this project's drivers.

    Raises:
        StoreError: if it is not such a URL; the message hides a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter for a port that is not a number
        raise StoreError("broken database URL; expected sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in _SQLITE and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite+pysqlite")
    shown = url.render_as_string(hide_password=True)
    raise StoreError(f"database URL {shown}: expected sqlite:///FILE or postgresql://USER@HOST/NAME")


def open_engine(text: str, *, pool_size: int = 5) -> Engine:
    """Return an engine for a database URL, not yet connected. Dispose of it when done.

    If the file of an SQLite database is replaced meanwhile, the next connection is one to the new file.

    Raises:
        StoreError: if the URL is invalid, or the folder of an SQLite file is missing.
    """
    url = database_url(text)
    if url.get_backend_name() == "postgresql":
        return _postgresql_engine(url, pool_size)
    path = Path(str(url.database)).absolute()
    folder = path.parent
    if not folder.is_dir():
        raise StoreError(f"no folder {folder} for the database; create it with `barometer db upgrade`")
    engine = create_engine(url, pool_size=pool_size, pool_timeout=POOL_TIMEOUT_S)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if not str(url.database).startswith("file:"):  # such an address says more than a path
        watch_file(engine, path)
    return engine


def _postgresql_engine(url: URL, pool_size: int) -> Engine:
    arguments = {"application_name": "barometer", **LIMITS}
    given = {name: value for name, value in arguments.items() if name not in url.query}
    engine = create_engine(
        url, pool_size=pool_size, pool_timeout=POOL_TIMEOUT_S, pool_pre_ping=True, connect_args=given
    )
    event.listen(engine, "do_connect", _connect_postgresql)
    return engine


def _connect_postgresql(
    _dialect: object, _record: object, _args: object, parameters: dict[str, Any]
) -> LimitedConnection:
    return LimitedConnection.connect(**parameters)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own transactions begin too late; see `_begin_sqlite`
    # The time-out comes first: changing the journal mode of a file that others have open takes a lock.
    for setting in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "cache_size = -65536",  # in KiB
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # A write that starts as a read fails at once if another wrote in between; an immediate one waits.
    reads = connection.get_execution_options().get("barometer_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def make_folder(text: str) -> None:
    """Create the folder of an SQLite file; does nothing for a server.

    Raises:
        StoreError: if the URL is invalid, or the folder cannot be created.
    """
    url = database_url(text)
    if url.get_backend_name() == "sqlite":
        folder = Path(str(url.database)).absolute().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot create folder {folder} of the database: {error.strerror}") from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, does not wait for writers, and is rolled back at the end."""
    with engine.connect().execution_options(barometer_reads=True, postgresql_readonly=True) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in one write transaction: committed at the end, rolled back on an exception."""
    with engine.begin() as connection:
        yield connection
