import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from barometer.live.store.engine import StoreError, database_url, open_engine, reading, writing
from barometer.live.store.schema import model_versions
from barometer.live.store.times import EPOCH


def add_version(connection: Connection, name: str) -> None:
    connection.execute(model_versions.insert().values(model_version=name, activated_at=EPOCH))


def names(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(model_versions.c.model_version).order_by("model_version")).scalars())


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_through_psycopg(scheme: str) -> None:
    url = database_url(f"{scheme}://me:secret@db/news")
    assert url.render_as_string(hide_password=False) == "postgresql+psycopg://me:secret@db/news"


@pytest.mark.parametrize("text_", ["mysql://me:secret@db/news", "sqlite://", "sqlite:///:memory:", "news.db", "",
                                   "postgresql://me:secret@db:x/news"])  # fmt: skip
def test_refused_url_hides_its_password(text_: str) -> None:
    with pytest.raises(StoreError, match="expected sqlite:///FILE or postgresql://USER@HOST/NAME") as refused:
        database_url(text_)
    assert "secret" not in str(refused.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no folder .*nowhere"):
        open_engine(f"sqlite:///{tmp_path}/nowhere/barometer.db")


def test_opening_an_engine_touches_nothing(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path}/barometer.db").dispose()
    assert list(tmp_path.iterdir()) == []


def test_sqlite_uses_wal_and_checks_references(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with reading(engine) as connection:
        settings = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in
                    ("journal_mode", "foreign_keys", "busy_timeout")}  # fmt: skip
    engine.dispose()
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000}


def test_writes_commit_or_roll_back(database: Engine) -> None:
    with writing(database) as connection:
        add_version(connection, "kept")
    with pytest.raises(ZeroDivisionError), writing(database) as connection:
        add_version(connection, "undone")
        raise ZeroDivisionError
    assert names(database) == ["kept"]


def test_readers_neither_wait_nor_see_uncommitted(database: Engine) -> None:
    with writing(database) as connection:
        add_version(connection, "unfinished")
        assert names(database) == []
    assert names(database) == ["unfinished"]


def test_second_writer_waits_for_the_first(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    started, done = threading.Event(), threading.Event()

    def write() -> None:
        started.set()
        with writing(engine) as connection:
            add_version(connection, "second")
        done.set()

    thread = threading.Thread(target=write)
    with writing(engine) as connection:
        add_version(connection, "first")
        thread.start()
        started.wait()
        assert not done.wait(0.2)
    thread.join()
    assert names(engine) == ["first", "second"]
    engine.dispose()


def test_reading_connections_cannot_write_in_postgresql(postgresql_url: str) -> None:
    engine = open_engine(postgresql_url)
    with pytest.raises(DBAPIError, match="read-only"), reading(engine) as connection:
        add_version(connection, "x")
    with writing(engine) as connection:  # the same pooled connection may write afterwards
        add_version(connection, "y")
        assert connection.execute(text("SHOW application_name")).scalar_one() == "barometer"
    engine.dispose()


def test_sqlite_is_new_enough() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35), "RETURNING came with SQLite 3.35"
