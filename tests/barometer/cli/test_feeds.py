"""The commands about feeds and dropped titles as an operator runs them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from barometer.live.records import DroppedTitle
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.titles import save_dropped

Command = Callable[..., Result]
NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
CONF = "# mine\naddresses:\n  - https://a.example/feed # good\n"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.yaml"
    path.write_text(CONF)
    return path


def test_feed_is_dropped_and_revived(command: Command, conf: Path, sqlite_url: str) -> None:
    options = ("--config", str(conf), "--database", sqlite_url)
    dropped = command("feeds", "drop", "https://a.example/feed", *options)
    assert dropped.stdout.startswith("dropped: https://a.example/feed\n")
    assert "still lists 1 of them" in dropped.stdout
    shown = command("feeds", "list", "--state", "retired", *options).stdout.splitlines()
    assert shown[1].split() == ["retired", "0", "-", "https://a.example/feed:", "dropped", "by", "hand"]
    assert command("feeds", "revive", "https://a.example/feed", *options).exit_code == 0
    found = json.loads(command("feeds", "list", "--json", *options).stdout)
    assert (found["state"], found["failures"], found["configured"]) == ("active", 0, True)
    assert command("feeds", "list", "--state", "parked", *options).stdout == ""


@pytest.mark.parametrize("verb", ["revive", "drop"])
def test_unknown_feed_is_one_line(command: Command, conf: Path, sqlite_url: str, verb: str) -> None:
    done = command("feeds", verb, "https://b.example", "--config", str(conf), "--database", sqlite_url)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "unknown feed 'https://b.example'" in done.stderr


def test_opml_goes_out_and_in(command: Command, conf: Path, tmp_path: Path) -> None:
    exported = tmp_path / "feeds.opml"
    assert command("feeds", "export", str(exported), "--config", str(conf)).exit_code == 0
    assert command("feeds", "export", "--config", str(conf)).stdout == exported.read_text()
    more = '<outline xmlUrl="https://b.example/f" title="B"/><outline xmlUrl="ftp://c.example"/></body>'
    exported.write_text(exported.read_text().replace("</body>", more))
    done = command("feeds", "import", str(exported), "--config", str(conf))
    assert done.stdout == "1 added, 1 known, 1 refused\n"
    assert done.stderr.startswith("refused: 'ftp://c.example': scheme 'ftp'")
    assert conf.read_text() == CONF + "  - {url: 'https://b.example/f', source: B}\n"
    again = command("feeds", "import", str(exported), "--config", str(conf))
    assert again.stdout == "0 added, 2 known, 1 refused\n"


def test_unusable_opml_writes_nothing(command: Command, conf: Path, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    for content in ("<html/>", '<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', None):
        file.write_text(content) if content else file.unlink()
        done = command("feeds", "import", str(file), "--config", str(conf))
        assert done.exit_code == 2
        assert done.stderr.count("\n") == 1
        assert "feeds.opml" in done.stderr
    assert conf.read_text() == CONF


def test_list_in_one_line_is_left(command: Command, conf: Path, tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text('<opml><outline xmlUrl="https://b.example/f"/></opml>')
    conf.write_text("addresses: [https://a.example]\n")
    done = command("feeds", "import", str(tmp_path / "feeds.opml"), "--config", str(conf))
    assert (done.exit_code, done.stdout) == (2, "- https://b.example/f\n")
    assert conf.read_text() == "addresses: [https://a.example]\n"


def test_dropped_titles_are_listed_and_counted(command: Command, store_url: str) -> None:
    engine = open_engine(store_url)
    with writing(engine) as connection:
        for hour, (title, reason) in enumerate([("Zu alt", "recent"), ("Auf Deutsch", "english"), ("Si", "english")]):
            drop = DroppedTitle(title, "a.example", "https://a.example", reason, NOW + timedelta(hours=hour))
            save_dropped(connection, [drop])
    engine.dispose()
    listed = command("dropped", "list", "--database", store_url, "--limit", "2").stdout.splitlines()
    assert listed[0] == "2024-05-17 10:30 english        Si (a.example)"
    assert listed[2:] == ["3 dropped: english 2, recent 1"]
    done = command("dropped", "list", "--json", "--reason", "english", "--database", store_url)
    assert [json.loads(line)["title"] for line in done.stdout.splitlines()] == ["Si", "Auf Deutsch"]
    unknown = command("dropped", "list", "--reason", "verb", "--database", store_url)
    assert unknown.exit_code == 2
    assert unknown.stderr.endswith("--reason verb: no title was dropped for it; there are: english, recent\n")
