"""Old headlines: read from files and added to the store."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from barometer.live.backfill import Backfill, HistoryError, OldTitle, backfill, read_history
from barometer.live.parsing.parse import Entry
from barometer.live.settings import FilterSettings
from barometer.live.store.engine import reading
from barometer.live.store.schema import news_titles, story_copies, title_coins
from barometer.live.store.titles import count_titles, dated_titles

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


def test_csv_rows_are_cleaned(tmp_path: Path) -> None:
    path = tmp_path / "archive.csv"
    path.write_text(
        "\ufeffdate,title,url,source\n"
        '2021-03-04T12:00:00+02:00,"Bitcoin &amp; <b>Ether</b>\nrise",https://example.org/a,example\n'
        "2021-03-05T00:00:00Z,Tron falls,javascript:alert(1),\n",
        encoding="utf-8",
    )
    titles, bad = read_history(path, NOW)
    assert not bad
    assert [(old.entry.title, old.entry.url, old.source) for old in titles] == [
        ("Bitcoin & Ether rise", "https://example.org/a", "example"),
        ("Tron falls", "", "archive"),
    ]
    assert titles[0].entry.pub_time == datetime(2021, 3, 4, 10, tzinfo=UTC)


def test_bad_rows_are_reported_by_line(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(
        b'text,date\n"two\nlines",2021-03-04T00:00:00Z\nno date,\nno zone,2021-03-04\n<b></b>,2021-03-04T00:00:00Z\n'
        b"late,2030-01-01T00:00:00Z\nearly,1970-01-01T00:00:00Z\n\nshort\nbytes \xff,2021-03-04T00:00:00Z\n"
    )
    titles, bad = read_history(path, NOW)
    assert [old.entry.title for old in titles] == ["two lines"]
    assert [row.split(": ")[0] for row in bad] == [f"old.csv:{line}" for line in (4, 5, 6, 7, 8, 10, 11)]
    said = ("broken date", "no zone", "no title", "not between", "not between", "1 fields; expected 2", "not UTF-8")
    assert all(part in row for part, row in zip(said, bad, strict=True))

    assert len(read_history(path, NOW, assume_utc=True)[0]) == 2


def test_json_lines_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    rows = ['{"text": "Bitcoin rises", "date": "2021-03-04T00:00:00Z", "url": null}', "", "[]", '{"title": 5}', "{"]
    path.write_text("\n".join(rows))
    titles, bad = read_history(path, NOW)
    assert [(old.entry.title, old.source) for old in titles] == [("Bitcoin rises", "old")]
    assert [row.split(": ")[0].rpartition(":")[2] for row in bad] == ["3", "4", "5"]
    assert bad[1].endswith(": title is 5; expected text")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "expected the columns date and title"),
        ("headline,date\na,b\n", "found headline, date"),
        ('title,date\na,b\n"never closed,b\n', r"old\.csv:3: unexpected end of data"),
    ],
)
def test_unreadable_file_is_named(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "old.csv").write_text(content)
    with pytest.raises(HistoryError, match=said):
        read_history(tmp_path / "old.csv", NOW)


@given(st.binary(max_size=80), st.text(max_size=10), st.sampled_from(["old.csv", "old.jsonl"]))
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, date: str, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    row = json.dumps({"title": "a", "date": date}).encode()
    path.write_bytes((b"title,date\n" if name.endswith("csv") else row + b"\n") + junk)
    try:
        titles, bad = read_history(path, NOW, assume_utc=True)
    except HistoryError as error:
        assert str(path) in str(error)
    else:
        assert all(old.entry.title and old.entry.pub_time <= NOW for old in titles)
        assert all(re.fullmatch(r"[^:]+:[1-9]\d*: .+", row, re.DOTALL) for row in bad)


START = datetime(2021, 1, 1, tzinfo=UTC)
ORDER = ("recent", "words", "not_question", "english", "verb", "near_duplicate")
RULES = FilterSettings(order=ORDER, min_words=3, near_duplicate_days=10)


def old(title: str, days: float, source: str = "archive") -> OldTitle:
    return OldTitle(Entry(title, "", START + timedelta(days=days)), source)


HISTORY = [
    old("Bitcoin jumps on strong demand from funds", 3),
    old("Ethereum falls as traders sell", 0, "other"),
    old("Bitcoin jumps on strong demand from large funds", 4, "other"),  # a near-duplicate
    old("Bitcoin jumps on very strong demand from funds", 400),  # the same, but other news by then
    old("Is Bitcoin about to jump again?", 1),
    old("Ethereum FALLS as traders sell", 900),  # the same title, and other news by then
]


def test_history_is_filtered_at_any_age(database: Engine, read_dropped: Callable[..., Any]) -> None:
    heard: list[int] = []
    done = backfill(database, RULES, HISTORY, NOW, heard.append)
    assert (done.new, done.known, dict(done.dropped)) == (4, 0, {"not_question": 1, "near_duplicate": 1})
    assert sum(heard) == len(HISTORY)
    with reading(database) as connection:
        stored = dated_titles(connection, START, NOW)
        coins = {coin for (coin,) in connection.execute(title_coins.select().with_only_columns(title_coins.c.coin))}
        dropped = {(drop.reason, drop.source) for drop in read_dropped(connection)}
    assert [title for _, title in stored] == [HISTORY[i].entry.title for i in (5, 3, 0, 1)]
    assert coins == {"BTC", "ETH"}
    assert dropped == {("not_question", "archive"), ("near_duplicate", "other")}


@pytest.mark.parametrize(("count", "new"), [("once", 4), ("every", 5)])
def test_near_duplicates_stay_with_their_story(database: Engine, count: Any, new: int) -> None:
    again = replace(HISTORY[0], source="third")
    for expected in (new, 0):
        assert backfill(database, RULES, [*HISTORY, again], NOW, count=count).new == expected
    with reading(database) as connection:
        rows = select(news_titles.c.pub_time, story_copies.c.title, story_copies.c.source)
        told = connection.execute(rows.join(story_copies, story_copies.c.title_id == news_titles.c.title_id)).all()
    first, like = HISTORY[0].entry, HISTORY[2].entry
    assert sorted(map(tuple, told)) == [(first.pub_time, first.title, "third"), (first.pub_time, like.title, "other")]


def test_running_again_changes_nothing(database: Engine) -> None:
    backfill(database, RULES, HISTORY[:3], NOW)
    again = backfill(database, RULES, HISTORY[::-1], NOW)
    assert (again.new, again.known) == (2, 2)
    rest = backfill(database, RULES, HISTORY, NOW)
    assert (rest.new, rest.known) == (0, 4)
    with reading(database) as connection:
        assert count_titles(connection) == 4


@pytest.mark.slow
def test_large_archives_are_stored_in_batches(sqlite_url: str) -> None:
    from barometer.live.store.engine import open_engine

    engine = open_engine(sqlite_url)
    history = [old(f"Bitcoin rises to ${n + 1},000 on demand", n / 100) for n in range(2500)]
    heard: list[int] = []
    done = backfill(engine, RULES, history, NOW, heard.append)
    assert (done.new, sum(heard)) == (2500, 2500) and max(heard) <= 1000
    assert done.lines(2)[0].split() == ["rows", "2,502"]
    engine.dispose()


def test_empty_history_gives_empty_table() -> None:
    assert [line.split()[-1] for line in Backfill().lines(0)] == ["0", "0", "0", "0"]
