"""Notices that the file of an SQLite database was replaced or deleted under an engine that keeps it open.

An open connection goes on reading a file that no longer has a name. And the log of the old file, which stays behind
under its name, would be taken for the new file's: https://www.sqlite.org/howtocorrupt.html, sections 2.4 and 2.6.
"""

import sqlite3
from collections.abc import Container
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

from barometer.live.store.errors import StoreError

_SUFFIXES = ("", "-wal", "-shm")
_KEY = "barometer_file"
_Identity = tuple[int, int]


def watch_file(engine: Engine, path: Path) -> None:
    """Make the engine's connections follow the file at `path`, at each checkout from the pool.

    After a replacement the pool opens the new file. While there is none, a checkout raises `StoreError`, and none is
    created. Call it after the listeners that prepare a connection.
    """
    watch = _Watch(path)
    event.listen(engine, "do_connect", watch.before_connect)
    event.listen(engine, "connect", watch.after_connect)
    event.listen(engine, "checkout", watch.at_checkout)


class _Watch:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._file: _Identity | None = None  # the last one that was opened
        self._log: frozenset[_Identity | None] = frozenset()  # its -wal and -shm

    def before_connect(self, _dialect: object, _record: object, _args: object, _parameters: object) -> None:
        now = _identity(self._path)
        with self._lock:
            if self._file and now is None:
                raise self._missing()
            if self._file and now != self._file:
                _delete(self._path, self._log)

    def after_connect(self, connection: sqlite3.Connection, record: object) -> None:
        # The log is opened by the first query.
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        files = [_identity(Path(f"{self._path}{suffix}")) for suffix in _SUFFIXES]
        with self._lock:
            self._file, self._log = files[0], frozenset(filter(None, files[1:]))
        record.info[_KEY] = files[0]  # type: ignore[attr-defined]

    def at_checkout(self, connection: sqlite3.Connection, record: object, _proxy: object) -> None:
        now = _identity(self._path)
        if now is not None and now == record.info[_KEY]:  # type: ignore[attr-defined]
            return
        with self._lock:
            saved = _save_log(connection)
            # Of a deleted file that comes back, what could not be saved is still wanted.
            if now is not None or saved:
                _delete(self._path, self._log)
        if now is None:
            raise self._missing()
        raise InvalidatePoolError(f"the file {self._path} was replaced")

    def _missing(self) -> StoreError:
        return StoreError(f"the database file {self._path.name} is missing; restore it or restart with a new one")


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _save_log(connection: sqlite3.Connection) -> bool:
    """Write what is only in the old file's log into the old file, which may live on under another name."""
    try:
        _, frames, written = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.Error:
        return False
    return bool(frames == written)


def _delete(path: Path, known: Container[_Identity | None]) -> None:
    """Delete the old file's log, unless another process has put its own in its place."""
    for suffix in _SUFFIXES[1:]:
        log = Path(f"{path}{suffix}")
        if _identity(log) in known:
            log.unlink()
