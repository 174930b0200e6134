"""A full, read-only or locked disk ends every command with one line and status 2, also in the middle of its work."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from sqlalchemy import text
from typer.testing import Result

from barometer.live.demo_feeds import serve_folder, write_feeds
from barometer.live.store import engine

COMMANDS = ["crawl", "backfill", "score", "refresh"]
WORDS = {
    "crawl": ["--config", "feeds.yaml"],
    "backfill": ["old.csv", "--config", "feeds.yaml"],
    "score": [],
    "refresh": ["--config", "schedule.yaml"],
}
FEEDS = 30


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder with the settings of 30 feeds, which are served, and with old headlines."""
    rows = [(f"Bitcoin climbs to record {n} as fund {n * 7} buys more", f"s{n % FEEDS}") for n in range(3000)]
    files = write_feeds(rows, tmp_path / "feeds", datetime.now(UTC)).values()
    old = [
        f"Ether falls by {n} percent in week {n * 3} of trade,2020-01-{n % 28 + 1:02d}T00:00:00Z" for n in range(3000)
    ]
    (tmp_path / "old.csv").write_text("\n".join(["title,date", *old]))
    with serve_folder(tmp_path / "feeds") as base:
        urls = [f"{base}/{file.name}" for file in files]
        feeds = {"addresses": urls, "fetch": {"allow_hosts": ["127.0.0.1"]}, "filters": {"order": ["words"]}}
        feeds["poll"] = {"lease_seconds": 1}  # a disk that is full keeps the leases of the crawl that filled it
        (tmp_path / "feeds.yaml").write_text(yaml.safe_dump(feeds))
        (tmp_path / "schedule.yaml").write_text(yaml.safe_dump({"feeds": "feeds.yaml"}))
        yield tmp_path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 700 KiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted: {done.stderr.decode(errors='replace').strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def run(command: str, site: Path, database: Path, model: Path) -> str:
    """Run a command that fails, as one line and with status 2; return the line."""
    places = {"BAROMETER_DATABASE_URL": f"sqlite:///{database}", "BAROMETER_MODEL": str(model)}
    done = subprocess.run(
        [sys.executable, "-m", "barometer.cli.main", command, *WORDS[command]],
        cwd=site, env=os.environ | places, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    return done.stderr


@pytest.mark.slow
def test_a_full_disk_is_one_line(site: Path, small_disk: Path, sqlite_template: Path, tfidf_artifact: Path) -> None:
    database = Path(shutil.copy(sqlite_template, small_disk / "barometer.db"))
    # The crawl comes first and fills the disk, so that the others find it full. A service that reads keeps the journal
    # from being emptied into the database, which would make room again.
    with closing(sqlite3.connect(database)) as reader:
        for command in COMMANDS:
            line = run(command, site, database, tfidf_artifact)
            assert line == "barometer: the database cannot be used: database or disk is full\n"
            if not reader.in_transaction:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM news_titles").fetchone()


@pytest.mark.slow
def test_a_read_only_disk_is_one_line(
    site: Path, small_disk: Path, sqlite_template: Path, tfidf_artifact: Path
) -> None:
    database = Path(shutil.copy(sqlite_template, small_disk / "barometer.db"))
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for command in COMMANDS:
        assert run(command, site, database, tfidf_artifact).startswith("barometer: the database cannot be used: ")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_locked_file_is_one_line(
    command: Callable[..., Result],
    site: Path,
    sqlite_url: str,
    tfidf_artifact: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 200)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        done = command(name, *WORDS[name], BAROMETER_DATABASE_URL=sqlite_url, BAROMETER_MODEL=str(tfidf_artifact))
    assert (done.exit_code, done.stderr) == (2, "barometer: the database cannot be used: database is locked\n")


def test_a_missing_right_is_one_line(command: Callable[..., Result], site: Path, postgresql_url: str) -> None:
    server = engine.open_engine(postgresql_url)
    role = f"reader_{uuid4().hex}"
    with engine.writing(server) as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"))
    url = server.url.set(username=role, drivername="postgresql").render_as_string(hide_password=False)
    for name in ("crawl", "backfill"):
        done = command(name, *WORDS[name], BAROMETER_DATABASE_URL=url)
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1), done.stderr
        assert "permission denied for table" in done.stderr
    with engine.writing(server) as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    server.dispose()
