"""`barometer fetch`, `snapshot` and `drift`: what they write, and their messages."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import Result

from barometer.cli.research import coverage_table
from barometer.corpus import fetch_news
from barometer.corpus.origins import Coverage
from barometer.headline import headline_id
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.titles import save_titles

Command = Callable[..., Result]


@pytest.fixture
def lists(in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Votes on two headlines, one of them on the mirror, and no public origins."""
    (in_folder / "data" / "standoff").mkdir(parents=True)
    votes = [f"{headline_id(text)},a,2" for text in ("Bitcoin surges", "Lost")]
    (in_folder / "data" / "standoff" / "news.csv").write_text("\n".join(["id,annotator,label", *votes]) + "\n")
    (in_folder / "mirror").mkdir()
    (in_folder / "mirror" / "real_votes.csv").write_text("text,date,source\nBitcoin surges,2024-05-17,CoinWire\n")
    monkeypatch.setattr(fetch_news, "load_origins", dict)
    return in_folder


def test_news_reports_its_share(command: Command, lists: Path) -> None:
    done = command("fetch", "news", BAROMETER_MIRROR=str(lists / "mirror"))
    assert done.exit_code == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["found", "of", "wanted", "news"],
        ["unknown", "1", "of", "2"],
        ["all", "1", "of", "2"],
        ["50.0%"],
    ]
    assert (lists / "data" / "news" / "news.csv").read_text() == (
        "text,date,source,annotator,label\nBitcoin surges,2024-05-17,CoinWire,a,2\n"
    )


def test_problems_are_reported_too(command: Command, lists: Path) -> None:
    (lists / "mirror" / "train_pool.csv").write_text("headline\nBitcoin surges\n")
    done = command("fetch", "news", BAROMETER_MIRROR=str(lists / "mirror"))
    assert done.exit_code == 0
    assert f"mirror: {lists}/mirror/train_pool.csv: " in done.stderr
    assert "no column 'text'; found headline" in done.stderr


def test_nothing_found_is_an_error(command: Command, lists: Path) -> None:
    done = command("fetch", "news", BAROMETER_MIRROR=str(lists / "nowhere"))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "not one text of news" in done.stderr and "nowhere/real_votes.csv" in done.stderr


def test_the_table_has_every_origin() -> None:
    origins = {1: "wire", 2: "hours"}
    table = [
        line.split()
        for line in coverage_table(
            {
                "news": Coverage.of([1, 2, 3, 3], {1, 3}, origins),
                "pool": Coverage.of([2], {2}, origins),
            }
        )
    ]
    assert [row[0] for row in table[1:-2]] == ["wire", "hours", "unknown"]
    assert table[2] == ["hours", "0", "of", "1", "1", "of", "1"]
    assert table[-2:] == [["all", "2", "of", "3", "1", "of", "1"], ["66.7%", "100.0%"]]


def test_unknown_corpus_lists_the_known_ones(command: Command, tmp_path: Path) -> None:
    done = command("fetch", "nonsense")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "unknown corpus 'nonsense'" in done.stderr and "cryptolin" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_market_is_fetched_from_a_mirror(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "btc_daily.csv").write_text(
        "date,open,high,low,close,volume\n2024-01-01,1,3,1,2,5\n2024-01-02,2,3,1,3,5\n"
    )
    (mirror / "fear_greed.csv").write_text("date,fng,class\n2024-01-01,30,Fear\n2024-01-02,55,Greed\n")
    monkeypatch.setenv("BAROMETER_MIRROR", str(mirror))
    done = command("fetch", "market")
    assert done.exit_code == 0, done.stderr
    assert "data/market/btc_daily.csv: 2 days, 2024-01-01 to 2024-01-02" in done.stdout
    assert (tmp_path / "data" / "market" / "fear_greed.csv").is_file()


@pytest.mark.slow
def test_unreadable_corpora_are_not_kept(command: Command, in_folder: Path) -> None:
    (in_folder / "bad.csv").write_text("title,label\na,1\n")
    done = command("snapshot", "bad.csv")
    assert done.exit_code == 2 and "no column 'text'" in done.stderr
    assert not list(in_folder.glob("snapshots/*"))


def test_drift_finds_the_new_word(command: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abcdefghijklmnoprstuvw"), 6)) for _ in range(80)]
    texts = [" ".join(rng.choice(words, 6)) for _ in range(240)]  # no near-duplicates among them
    write_headlines(tmp_path / "old.csv", [f"Bitcoin {text}" for text in texts[:120]])
    write_headlines(tmp_path / "new.csv", [f"Solana {text}" for text in texts[120:]])
    done = command("drift", "--reference", "old.csv", "--newer", "new.csv")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["auc"] > 0.9 > found["control"]["high"]
    assert "solana" in {word["ngram"] for word in found["words"]["newer"]}


@pytest.mark.slow
def test_drift_of_recent_headlines_in_store(
    command: Command, tmp_path: Path, sqlite_url: str, make_title: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abcdefghijklmnoprstuvw"), 6)) for _ in range(80)]
    texts = [" ".join(rng.choice(words, 6)) for _ in range(240)]
    write_headlines(tmp_path / "old.csv", [f"Bitcoin {text}" for text in texts[:120]])
    now = datetime.now(UTC)
    ages = [timedelta(hours=1)] * 110 + [timedelta(days=8)] * 10
    engine = open_engine(sqlite_url)
    with writing(engine) as connection:
        new = zip(texts[120:], ages, strict=True)
        save_titles(connection, [make_title(f"Solana {text}", now - age) for text, age in new])
    engine.dispose()
    done = command("drift", "--reference", "old.csv", "--database", sqlite_url)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["newer_headlines"], found["days"], found["refused"]) == (110, 7, 0)
    assert found["auc"] > 0.9
    assert datetime.fromisoformat(found["newest"]) == now.replace(microsecond=0) - timedelta(hours=1)


def test_drift_names_a_missing_file(command: Command, tmp_path: Path) -> None:
    done = command("drift", "--reference", "nowhere.csv", "--newer", "nowhere.csv")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "nowhere.csv" in done.stderr and "Traceback" not in done.stderr


def write_headlines(path: Path, texts: list[str]) -> None:
    path.write_text("text\n" + "".join(f"{text}\n" for text in texts))
