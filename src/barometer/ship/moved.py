"""Keeps a tracking database of one file usable after its folder was moved or copied.

MLflow stores absolute paths of artifacts. Here they always lie in `mlruns` beside the file, so the part of each path
before it can be set anew when the file is opened.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

ARTIFACTS = "mlruns"
_SQLITE = "sqlite:///"
_COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def database_file(uri: str) -> Path | None:
    """The absolute path of the file that a tracking address such as `sqlite:///mlflow.db` names; None for any other."""
    if not uri.startswith(_SQLITE) or "?" in uri:
        return None
    return Path(uri.removeprefix(_SQLITE)).resolve()


def bring_home(database: Path) -> int:
    """Let the paths of artifacts that lie beside the database point there; returns how many were changed.

    A path whose artifact is not there, but still where it says, stays as it is.
    """
    home = database.parent / ARTIFACTS
    if not database.is_file():
        return 0
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        found = [(table, column, old) for table, column in _COLUMNS for old in _values(connection, table, column)]
        moved = [(table, column, old, _at_home(old, home)) for table, column, old in found]
        changed = [(table, column, old, new) for table, column, old, new in moved if new != old]
        for table, column, old, new in changed:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))  # noqa: S608 - constants
    return len(changed)


def _values(connection: sqlite3.Connection, table: str, column: str) -> list[str]:
    try:
        rows = connection.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
    except sqlite3.OperationalError:  # the file is new: MLflow has made no tables yet
        return []
    return [str(value) for (value,) in rows]


def _at_home(value: str, home: Path) -> str:
    path = value.removeprefix("file://")
    _, mark, rest = path.rpartition(f"/{ARTIFACTS}/")
    if not mark or "://" in path or (Path(path).exists() and not (home / rest).exists()):
        return value
    return str(home / rest)
