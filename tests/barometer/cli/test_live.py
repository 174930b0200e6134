"""The commands of production as an operator runs them: feeds over HTTP, real processes where they matter."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import Result

import barometer
from barometer.live.demo_feeds import serve_folder, write_feeds
from barometer.live.store.engine import open_engine, reading
from barometer.live.store.standing import last_refresh

FEEDS = Path(__file__).resolve().parents[3] / "conf" / "feeds" / "default.yaml"
PROGRAM = [sys.executable, "-m", "barometer.cli.main"]
Command = Callable[..., Result]
TITLES = [
    "Bitcoin surges past its old record as funds buy more",
    "Ethereum crashes after a large exchange halts withdrawals",
    "Regulator publishes new rules for staking in the spring",
]


def run(*words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words], cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False
    )


def write_conf(path: Path, urls: list[str]) -> None:
    content = {"addresses": urls, "fetch": {"allow_hosts": ["127.0.0.1"]}}
    path.write_text(yaml.safe_dump(content))


def test_crawl_without_answers_is_an_error(command: Command, tmp_path: Path, sqlite_url: str) -> None:
    write_conf(tmp_path / "feeds.yaml", ["http://127.0.0.1:1/feed.xml"])
    done = command("crawl", "--config", "feeds.yaml", "--database", sqlite_url)
    assert done.exit_code == 2
    assert "failed: http://127.0.0.1:1/feed.xml" in done.stdout
    assert "none of 1 feeds answered; the first: " in done.stderr


def test_unknown_coin_is_reported(command: Command, tmp_path: Path, sqlite_url: str) -> None:
    done = command("index", "--coin", "nope", "--database", sqlite_url)
    assert done.exit_code == 2
    assert "--coin NOPE" in done.stderr


def write_schedule(folder: Path, address: str) -> None:
    rules = {"fetch": {"allow_hosts": ["127.0.0.1"]}, "poll": {"interval_minutes": 0, "backoff_minutes": 0}}
    (folder / "feeds.yaml").write_text(yaml.safe_dump({"addresses": [address]} | rules))
    (folder / "schedule.yaml").write_text(yaml.safe_dump({"feeds": "feeds.yaml"}))


@pytest.mark.slow
def test_news_is_crawled_scored_summed(tmp_path: Path, tfidf_artifact: Path) -> None:
    database = {"BAROMETER_DATABASE_URL": f"sqlite:///{tmp_path}/store.db"}
    assert run("db", "upgrade", folder=tmp_path, **database).returncode == 0
    files = write_feeds([(title, "demo") for title in TITLES], tmp_path / "feeds", datetime.now(UTC))
    with serve_folder(tmp_path / "feeds") as base:
        write_conf(tmp_path / "feeds.yaml", [f"{base}/{path.name}" for path in files.values()])
        crawled = run("crawl", "--config", "feeds.yaml", folder=tmp_path, **database)
        checked = run("feeds", "check", "--config", "feeds.yaml", folder=tmp_path)
    assert crawled.returncode == 0, crawled.stderr
    assert "new                3" in crawled.stdout, crawled.stdout
    assert "1 feeds: 1 alive, 0 dead" in checked.stdout, checked.stderr
    scored = run("score", "--model", str(tfidf_artifact), folder=tmp_path, **database)
    assert scored.stdout.startswith("3 headlines scored by "), scored.stderr
    again = run("score", "--model", str(tfidf_artifact), folder=tmp_path, **database)
    assert again.stdout.startswith("0 headlines scored by ")
    found = json.loads(run("index", "--hours", "744", folder=tmp_path, **database).stdout)
    assert found["count"] == 3
    assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
    engine = open_engine(database["BAROMETER_DATABASE_URL"])
    with reading(engine) as connection:
        assert last_refresh(connection) is not None
    engine.dispose()


def test_missing_tables_name_the_command(command: Command, tmp_path: Path) -> None:
    done = command("crawl", "--database", f"sqlite:///{tmp_path}/store.db")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "run `barometer db upgrade`" in done.stderr and "Traceback" not in done.stderr


def test_a_new_store_gets_its_folder(command: Command, tmp_path: Path) -> None:
    done = command("db", "upgrade")  # the default is below outputs/
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "outputs/barometer.db").is_file()


@pytest.mark.parametrize(("url", "reason"), [
    ("postgresql://nobody:secret@127.0.0.1:1/none", "port 1 failed"),
    ("sqlite:////{folder}", "unable to open database file"),
    ("sqlite:////{folder}/text", "not a database"),
])  # fmt: skip
def test_unusable_database_is_one_line(command: Command, tmp_path: Path, url: str, reason: str) -> None:
    (tmp_path / "text").write_text("no database\n" * 100)
    done = command("index", "--database", url.format(folder=tmp_path))
    assert (done.exit_code, done.stdout) == (2, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("barometer: the database cannot be used: ") and reason in last
    assert "Traceback" not in done.stderr and "secret" not in done.stderr


def test_unknown_database_kind_is_an_error(command: Command, tmp_path: Path) -> None:
    done = command("index", "--database", "mysql://somewhere")
    assert done.exit_code == 2
    assert "expected sqlite:///FILE or postgresql://USER@HOST/NAME" in done.stderr and "Traceback" not in done.stderr


def test_unscored_store_names_the_command(command: Command, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/store.db"
    assert command("db", "upgrade", "--database", database).exit_code == 0
    done = command("index", "--database", database)
    assert done.exit_code == 2
    assert "barometer score" in done.stderr


@pytest.mark.slow
def test_stopping_the_command_stops_the_service(tmp_path: Path, tfidf_artifact: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {"BAROMETER_MODEL_PORT": str(port), "BAROMETER_MODEL": str(tfidf_artifact)}
    service = subprocess.Popen([*PROGRAM, "serve", "model"], cwd=tmp_path, env=os.environ | variables)
    try:
        assert wait_for(f"http://127.0.0.1:{port}/health") == 200
        service.send_signal(signal.SIGTERM)
        # uvicorn shuts down first and then lets the signal have its way.
        assert service.wait(timeout=30) in {0, -signal.SIGTERM}
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/health")
    finally:
        service.kill()


@pytest.mark.slow
def test_backfill_adds_once_names_bad_rows(tmp_path: Path, sqlite_url: str) -> None:
    where = {"BAROMETER_DATABASE_URL": sqlite_url}
    (tmp_path / "feeds.yaml").write_text("addresses: []")
    (tmp_path / "old.csv").write_text(
        "title,date\nBitcoin surges past its old record,2019-05-01T00:00:00Z\n"
        "Ethereum crashes after a large hack,2019-05-02\nWhat now?,2019-05-01T00:00:00Z\n"
    )
    done = run("backfill", "old.csv", "--config", "feeds.yaml", folder=tmp_path, **where)
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["rows", "3"], ["new", "1"], ["known", "0"], ["dropped:", "words", "1"], ["bad", "1"]
    ]  # fmt: skip
    assert "old.csv:3: the date '2019-05-02' has no zone; --utc takes such dates as UTC" in done.stderr
    again = run("backfill", "old.csv", "--config", "feeds.yaml", "--utc", folder=tmp_path, **where)
    assert [line.split()[-1] for line in again.stdout.splitlines()] == ["3", "1", "1", "1", "0"]


@pytest.mark.slow
def test_one_refresh_needs_no_server(tmp_path: Path, sqlite_url: str, tfidf_artifact: Path) -> None:
    where = {"BAROMETER_DATABASE_URL": sqlite_url, "BAROMETER_MODEL": str(tfidf_artifact)}
    rows = [(title, "demo") for title in TITLES[:2]]
    (file,) = write_feeds(rows, tmp_path / "feeds", datetime.now(UTC), timedelta(hours=2)).values()
    with serve_folder(tmp_path / "feeds") as base:
        write_schedule(tmp_path, f"{base}/{file.name}")
        # A package that cannot be imported stands for one that is not installed.
        (tmp_path / "prefect.py").write_text("raise ModuleNotFoundError('prefect')")
        done = run("refresh", "--config", "schedule.yaml", folder=tmp_path, PYTHONPATH=str(tmp_path), **where)
        again = run("refresh", "--config", "schedule.yaml", folder=tmp_path, **where)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-3:-1] == ["2 headlines scored", "2 headlines sampled for annotation"]
    assert lines[-1].startswith("barometer of 24 hours: ") and lines[-1].endswith(", 2 headlines")
    assert "\n0 headlines scored\n0 headlines sampled for annotation\n" in again.stdout
    write_schedule(tmp_path, f"{base}/gone.xml")
    failed = run("refresh", "--config", "schedule.yaml", folder=tmp_path, **where)
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[-1].startswith("barometer: none of 1 feeds answered; the first: ")


def test_a_missing_schedule_is_one_line(command: Command) -> None:
    done = command("refresh", "--config", "none.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("barometer: no file of the schedule none.yaml") and done.stderr.count("\n") == 1


def test_refresh_reports_an_unusable_database(command: Command, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database\n" * 100)
    write_schedule(tmp_path, "http://127.0.0.1:1/feed.xml")
    done = command("refresh", "--config", "schedule.yaml", "--database", f"sqlite:///{tmp_path}/text")
    assert (done.exit_code, done.stdout) == (2, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("barometer: the database cannot be used: ") and "not a database" in last
    assert os.environ.get("BAROMETER_DATABASE_URL") is None  # one run leaves no trace in its process


def test_a_missing_history_is_one_line(command: Command, sqlite_url: str) -> None:
    done = command("backfill", "nowhere.csv", "--config", str(FEEDS), "--database", sqlite_url)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "No such file or directory: 'nowhere.csv'" in done.stderr


@pytest.mark.slow
def test_without_the_repository_one_line(tmp_path: Path) -> None:
    library = Path(barometer.__file__).parent
    shutil.copytree(library, tmp_path / "site" / "barometer", ignore=shutil.ignore_patterns("__pycache__"))
    for words in (["serve", "data"], ["refresh"]):
        done = run(*words, folder=tmp_path, PYTHONPATH=str(tmp_path / "site"))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
        assert f"is part of the repository, which is not at {tmp_path};" in done.stderr


def wait_for(url: str) -> int:
    """Status of the first answer that is ready, within a minute."""
    for _ in range(240):
        with suppress(httpx.TransportError):
            if (status := httpx.get(url).status_code) == 200:
                return status
        time.sleep(0.25)
    raise AssertionError(f"{url} does not answer")
