"""`barometer refresh` as an operator runs it, a real process, feeds over HTTP; what its program says of mistakes."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from barometer.live.demo_feeds import serve_folder, write_feeds
from pipelines.flows import once

PROGRAM = [sys.executable, "-m", "barometer.cli.main"]
TITLES = [
    "Bitcoin surges past its old record as funds buy more",
    "Ethereum crashes after a large exchange halts withdrawals",
]


def run(*words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words], cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False
    )


def write_conf(folder: Path, address: str) -> None:
    rules = {"fetch": {"allow_hosts": ["127.0.0.1"]}, "poll": {"interval_minutes": 0, "backoff_minutes": 0}}
    (folder / "feeds.yaml").write_text(yaml.safe_dump({"addresses": [address]} | rules))
    (folder / "schedule.yaml").write_text(yaml.safe_dump({"feeds": "feeds.yaml"}))


@pytest.mark.slow
def test_one_refresh_needs_no_server(tmp_path: Path, sqlite_url: str, tfidf_artifact: Path) -> None:
    where = {"BAROMETER_DATABASE_URL": sqlite_url, "BAROMETER_MODEL": str(tfidf_artifact)}
    rows = [(title, "demo") for title in TITLES]
    (file,) = write_feeds(rows, tmp_path / "feeds", datetime.now(UTC), timedelta(hours=2)).values()
    with serve_folder(tmp_path / "feeds") as base:
        write_conf(tmp_path, f"{base}/{file.name}")
        # A package that cannot be imported stands for one that is not installed.
        (tmp_path / "prefect.py").write_text("raise ModuleNotFoundError('prefect')")
        done = run("refresh", "--config", "schedule.yaml", folder=tmp_path, PYTHONPATH=str(tmp_path), **where)
        again = run("refresh", "--config", "schedule.yaml", folder=tmp_path, **where)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-3:-1] == ["2 headlines scored", "2 headlines sampled for annotation"]
    assert lines[-1].startswith("barometer of 24 hours: ") and lines[-1].endswith(", 2 headlines")
    assert "\n0 headlines scored\n0 headlines sampled for annotation\n" in again.stdout
    write_conf(tmp_path, f"{base}/gone.xml")
    failed = run("refresh", "--config", "schedule.yaml", folder=tmp_path, **where)
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[-1].startswith("barometer: none of 1 feeds answered; the first: ")


def test_a_missing_schedule_is_told_in_one_line(in_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        once.main(["--config", "none.yaml"])
    said = capsys.readouterr()
    assert (stopped.value.code, said.out) == (2, "")
    assert said.err.startswith("barometer: no file of the schedule none.yaml") and said.err.count("\n") == 1


def test_a_database_that_cannot_be_used_is_one_line(
    in_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (in_folder / "text").write_text("no database\n" * 100)
    write_conf(in_folder, "http://127.0.0.1:1/feed.xml")
    monkeypatch.setenv("BAROMETER_DATABASE_URL", f"sqlite:///{in_folder}/text")
    with pytest.raises(SystemExit) as stopped:
        once.main(["--config", "schedule.yaml"])
    said = capsys.readouterr()
    assert (stopped.value.code, said.out) == (2, "")
    last = said.err.splitlines()[-1]
    assert last.startswith("barometer: the database cannot be used: ") and "not a database" in last
