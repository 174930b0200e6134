"""`barometer fetch` of what is put together says how much of it is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from barometer.cli.fetch import coverage_table
from barometer.corpus import fetch_news
from barometer.corpus.origins import Coverage
from barometer.headline import headline_id


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


def test_news_tells_its_share(command: Callable[..., Any], lists: Path) -> None:
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


def test_problems_are_told_beside_it(command: Callable[..., Any], lists: Path) -> None:
    (lists / "mirror" / "train_pool.csv").write_text("headline\nBitcoin surges\n")
    done = command("fetch", "news", BAROMETER_MIRROR=str(lists / "mirror"))
    assert done.exit_code == 0
    assert f"mirror: {lists}/mirror/train_pool.csv: " in done.stderr
    assert "no column 'text'; found headline" in done.stderr


def test_nothing_found_is_an_error(command: Callable[..., Any], lists: Path) -> None:
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
