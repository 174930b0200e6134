"""Titles, dates and outlets come out of every form of file that the table of origins names."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.corpus.origins import TitleFile
from barometer.corpus.title_readers import Title, TitleFileError, iso_utc, read_texts, read_titles

HEADER = "datetime,headline,source\n"
HOURLY = TitleFile("c", "archive", "headline", "datetime", "source", members=("*/news_*.csv", "*.zip"))


def written(folder: Path, content: str) -> Path:
    path = folder / "file"
    path.write_text(content, encoding="utf-8")
    return path


def packed(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "commit.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(f"repository-commit/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def test_a_file_with_its_own_delimiter(tmp_path: Path) -> None:
    path = written(tmp_path, 'date;source;title\n5-7-2022 04:24;CoinWire;"Bitcoin; up"\n;CoinWire; \n')
    file = TitleFile("c", "csv", "title", "date", "source", delimiter=";")
    assert list(read_titles(path, file)) == [Title("Bitcoin; up", "2022-07-05T04:24:00Z", "CoinWire")]


def test_lines_before_the_header_are_skipped(tmp_path: Path) -> None:
    path = written(tmp_path, "<<<<<<< HEAD\ntitle,url\nEther rises,https://www.coinwire.example/a\n")
    file = TitleFile("c", "csv", source="url", skip=1)
    assert list(read_titles(path, file)) == [Title("Ether rises", "", "coinwire.example")]


@pytest.mark.parametrize("wrap", [list, lambda records: dict(enumerate(records))])
def test_json_is_a_list_or_values(tmp_path: Path, wrap: type[list[object]]) -> None:
    records = [
        {"title": "Solana halts", "at": "2026-02-01T10:00:00Z", "source": {"name": "CoinWire"}},
        {"title": None},
        "no record",
    ]
    file = TitleFile("c", "json", "title", "at", "source.name")
    path = written(tmp_path, json.dumps(wrap(records)))
    assert list(read_titles(path, file)) == [Title("Solana halts", "2026-02-01T10:00:00Z", "CoinWire")]


def test_json_lines_with_nested_keys(tmp_path: Path) -> None:
    line = json.dumps({"messages": [{"content": "Be brief."}, {"content": "Miners sell"}]})
    path = written(tmp_path, f"{line}\n\n{json.dumps({'messages': []})}\n")
    assert list(read_titles(path, TitleFile("c", "jsonl", "messages.1.content"))) == [Title("Miners sell")]


def test_a_feed_inside_source_text(tmp_path: Path) -> None:
    feed = (
        "export const feed = `<?xml version='1.0'?><rss><channel><title>CoinWire</title><item><title><![CDATA[Fed & "
        "coins]]></title><link>https://coinwire.example/a</link>"
        "<pubDate>Mon, 13 Mar 2023 10:39:40 +0100</pubDate></item>"
        "<item><title>Two &amp; three</title></item></channel></rss>`;"
    )
    assert list(read_titles(written(tmp_path, feed), TitleFile("c", "rss"))) == [
        Title("Fed & coins", "2023-03-13T09:39:40Z", "coinwire.example"),
        Title("Two &amp; three"),
    ]


def test_an_archive_of_many_files(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as stream:
        stream.writestr("May/news_1.csv", f"{HEADER}2025-05-01T00:00:00,Zipped title,CoinWire\n")
        stream.writestr("May/readme.txt", "no titles")
    members = {
        "01072025/news_1.csv": f"{HEADER}2025-07-01T00:00:00,Loose title,CoinWire\n".encode(),
        "01072025/news_2.csv": b"",
        "05.zip": inner.getvalue(),
        "fear.csv": b"datetime,value\n2025-07-01,30\n",
    }
    assert list(read_titles(packed(tmp_path, members), HOURLY)) == [
        Title("Loose title", "2025-07-01T00:00:00Z", "CoinWire"),
        Title("Zipped title", "2025-05-01T00:00:00Z", "CoinWire"),
    ]


def test_a_cut_archive_is_told(tmp_path: Path) -> None:
    rows = "".join(f"2025-07-01,Title {hash(str(i))},x\n" for i in range(2000))
    path = packed(tmp_path, {f"d/news_{i}.csv": f"{HEADER}{rows}".encode() for i in range(9)})
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(TitleFileError, match=r"commit\.tar\.gz cannot be read as archive"):
        list(read_titles(path, HOURLY))


@pytest.mark.parametrize(
    ("content", "file"),
    [
        ("a,b\n1,2\n", TitleFile("c", "csv")),
        ("", TitleFile("c", "csv")),
        ("{", TitleFile("c", "json")),
        ("3", TitleFile("c", "json")),
        ("<html>", TitleFile("c", "jsonl")),
        ("<html>", TitleFile("c", "archive")),
    ],
)
def test_another_form_is_told(tmp_path: Path, content: str, file: TitleFile) -> None:
    with pytest.raises(TitleFileError, match="cannot be read as"):
        list(read_titles(written(tmp_path, content), file))


def test_texts_without_date_and_source(tmp_path: Path) -> None:
    assert list(read_texts(written(tmp_path, "\ufefftext\nMiners sell\n"))) == [Title("Miners sell")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-05-17", "2024-05-17"),
        ("2024-05-17 23:30:00+00:00", "2024-05-17T23:30:00Z"),
        ("2026-01-08T11:06:57.000Z", "2026-01-08T11:06:57Z"),
        ("5-7-2022 04:24", "2022-07-05T04:24:00Z"),
        ("2023/12/19 6:40", "2023-12-19T06:40:00Z"),
        ("Sat Feb 07 2026 21:11:01 GMT-0500 (Horário Padrão do Acre)", "2026-02-08T02:11:01Z"),
        ("Thu, 21 Sep 2023 22:20:14 GMT", "2023-09-21T22:20:14Z"),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_dates_become_iso(value: str, expected: str) -> None:
    assert iso_utc(value) == expected


@given(st.text())
def test_any_text_parses_or_stays_empty(value: str) -> None:
    found = iso_utc(value)
    assert found == "" or iso_utc(found) == found
