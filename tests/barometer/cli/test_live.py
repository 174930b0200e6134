"""The commands of production as an operator runs them: feeds over HTTP; real processes for what hangs together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import Result

from barometer.live.demo_feeds import serve_folder, write_feeds
from barometer.live.store.engine import open_engine, reading
from barometer.live.store.standing import last_refresh

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


def test_a_crawl_that_no_feed_answered_ends_in_an_error(command: Command, tmp_path: Path, sqlite_url: str) -> None:
    write_conf(tmp_path / "feeds.yaml", ["http://127.0.0.1:1/feed.xml"])
    done = command("crawl", "--config", "feeds.yaml", "--database", sqlite_url)
    assert done.exit_code == 2
    assert "failed: http://127.0.0.1:1/feed.xml" in done.stdout
    assert "none of 1 feeds answered; the first: " in done.stderr


def test_an_unknown_coin_is_told(command: Command, tmp_path: Path, sqlite_url: str) -> None:
    done = command("index", "--coin", "nope", "--database", sqlite_url)
    assert done.exit_code == 2
    assert "--coin NOPE" in done.stderr


@pytest.mark.slow
def test_news_is_crawled_scored_and_summed_up(tmp_path: Path, tfidf_artifact: Path) -> None:
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


def test_a_store_without_tables_names_the_command_that_makes_them(command: Command, tmp_path: Path) -> None:
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
def test_a_database_that_cannot_be_used_is_one_line(command: Command, tmp_path: Path, url: str, reason: str) -> None:
    (tmp_path / "text").write_text("no database\n" * 100)
    done = command("index", "--database", url.format(folder=tmp_path))
    assert (done.exit_code, done.stdout) == (2, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("barometer: the database cannot be used: ") and reason in last
    assert "Traceback" not in done.stderr and "secret" not in done.stderr


def test_a_database_that_is_none_is_a_clear_error(command: Command, tmp_path: Path) -> None:
    done = command("index", "--database", "mysql://somewhere")
    assert done.exit_code == 2
    assert "expected sqlite:///FILE or postgresql://USER@HOST/NAME" in done.stderr and "Traceback" not in done.stderr


def test_an_unscored_store_says_what_to_run(command: Command, tmp_path: Path) -> None:
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


def wait_for(url: str) -> int:
    """Status of the first answer that is ready, within a minute."""
    for _ in range(240):
        with suppress(httpx.TransportError):
            if (status := httpx.get(url).status_code) == 200:
                return status
        time.sleep(0.25)
    raise AssertionError(f"{url} does not answer")
