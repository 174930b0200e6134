"""A database file that is replaced, deleted or restored while an engine has it open."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from barometer.live.store.engine import StoreError, open_engine, reading, writing


def database(path: Path, *names: str) -> Path:
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE coins (name TEXT)"))
        for name in names:
            connection.execute(text("INSERT INTO coins VALUES (:name)"), {"name": name})
    engine.dispose()
    return path


def names(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(text("SELECT name FROM coins")).scalars())


def add(engine: Engine, name: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO coins VALUES (:name)"), {"name": name})


def sound(path: Path) -> list[str]:
    """What another program finds in a file that is whole."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [name for (name,) in connection.execute("SELECT name FROM coins")]
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return database(tmp_path / "store.db", "BTC")


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{path}")
    assert names(engine) == ["BTC"]
    yield engine
    engine.dispose()


def test_new_file_is_read_and_written(engine: Engine, path: Path) -> None:
    add(engine, "ETH")
    database(path.with_name("new.db"), "SOL").replace(path)
    assert names(engine) == ["SOL"]
    add(engine, "ADA")
    engine.dispose()
    assert sound(path) == ["SOL", "ADA"]


def test_log_of_old_file_stays_out(engine: Engine, path: Path) -> None:
    # A log of many pages, which SQLite would apply to the new file if it found it there.
    for number in range(300):
        add(engine, f"COIN{number}" * 20)
    assert Path(f"{path}-wal").stat().st_size > 100_000
    kept = path.rename(path.with_name("kept.db"))
    database(path.with_name("new.db"), *(f"NEW{number}" for number in range(500))).replace(path)
    assert len(names(engine)) == 500
    engine.dispose()
    assert len(sound(path)) == 500
    assert len(sound(kept)) == 301, "what was in the log is in the file that was moved away"


def test_every_pooled_connection_follows(engine: Engine, path: Path) -> None:
    with reading(engine) as one, reading(engine) as other:
        for connection in (one, other):
            connection.execute(text("SELECT 1"))
    database(path.with_name("new.db"), "SOL").replace(path)
    with reading(engine), reading(engine) as second:
        assert list(second.execute(text("SELECT name FROM coins")).scalars()) == ["SOL"]


def test_fresh_connection_meets_no_old_log(engine: Engine, path: Path) -> None:
    with reading(engine) as old:
        assert list(old.execute(text("SELECT name FROM coins")).scalars()) == ["BTC"]
        database(path.with_name("new.db"), "SOL").replace(path)
        assert names(engine) == ["SOL"]
        assert list(old.execute(text("SELECT name FROM coins")).scalars()) == ["BTC"], "a snapshot is kept to its end"


def test_deleted_file_is_told_not_made(engine: Engine, path: Path) -> None:
    path.unlink()
    for _ in range(3):
        with pytest.raises(StoreError, match=r"store\.db is missing"):
            names(engine)
    assert not path.exists()


@pytest.mark.parametrize("written", [0, 300])
def test_file_that_comes_back_is_whole(engine: Engine, path: Path, written: int) -> None:
    for number in range(written):
        add(engine, f"COIN{number}" * 20)
    away = path.rename(path.with_name("away.db"))
    with pytest.raises(StoreError, match="missing"):
        names(engine)
    away.rename(path)
    assert len(names(engine)) == 1 + written
    engine.dispose()
    assert len(sound(path)) == 1 + written


def test_restored_copy_is_read(engine: Engine, path: Path) -> None:
    copy = Path(shutil.copy(database(path.with_name("backup.db"), "SOL"), path.with_name("copy.db")))
    path.unlink()
    with pytest.raises(StoreError):
        names(engine)
    copy.rename(path)
    assert names(engine) == ["SOL"]


def test_other_engines_log_is_left_alone(engine: Engine, path: Path) -> None:
    database(path.with_name("new.db"), "SOL").replace(path)
    Path(f"{path}-wal").unlink()
    Path(f"{path}-shm").unlink()
    other = open_engine(f"sqlite:///{path}")
    add(other, "ADA")
    assert names(engine) == names(other) == ["SOL", "ADA"]
    add(engine, "XRP")
    assert names(other) == ["SOL", "ADA", "XRP"]
    other.dispose()


def test_moved_link_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "current.db"
    link.symlink_to(database(tmp_path / "a.db", "BTC"))
    engine = open_engine(f"sqlite:///{link}")
    add(engine, "ETH")
    (tmp_path / "next").symlink_to(database(tmp_path / "b.db", "SOL"))
    (tmp_path / "next").replace(link)
    assert names(engine) == ["SOL"]
    engine.dispose()
    assert sound(tmp_path / "a.db") == ["BTC", "ETH"]
