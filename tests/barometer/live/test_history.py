import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.backfill import HistoryError, read_history

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


def test_rows_of_csv_are_cleaned_as_the_crawl_cleans_them(tmp_path: Path) -> None:
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


def test_bad_rows_are_told_by_the_line_on_which_they_begin(tmp_path: Path) -> None:
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
def test_a_file_that_cannot_be_read_as_a_whole_is_named(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "old.csv").write_text(content)
    with pytest.raises(HistoryError, match=said):
        read_history(tmp_path / "old.csv", NOW)


@given(st.binary(max_size=80), st.text(max_size=10), st.sampled_from(["old.csv", "old.jsonl"]))
def test_whatever_a_file_holds_is_read_or_refused(
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
