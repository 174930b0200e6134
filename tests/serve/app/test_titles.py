"""Headlines in: pasted, uploaded, listed; and out again as CSV that comes back the same."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.api.model_schemas import Predictions
from serve.api.switch import Scores
from serve.app.titles import (
    TitlesError,
    csv_titles,
    guarded,
    listed_titles,
    one_title,
    pasted_titles,
    results,
    results_csv,
)


def scored(texts: list[str], news_threshold: float | None = None) -> Predictions:
    probabilities = np.tile(np.float32([0.2, 0.1, 0.7]), (len(texts), 1))
    news = np.full(len(texts), 0.25, dtype=np.float32)
    return Predictions.of(texts, Scores(probabilities, news, "v1", news_threshold))


def test_empty_lines_are_skipped() -> None:
    assert pasted_titles("Bitcoin rises\r\n\n  Ether falls \n") == ["Bitcoin rises", "Ether falls"]


@pytest.mark.parametrize(
    ("content", "titles"),
    [
        ("text\nBitcoin rises\nEther falls\n", ["Bitcoin rises", "Ether falls"]),
        ('\ufeffid,Title\r\n1,"Rises, says ""X"""\r\n\r\n2,Falls\r\n', ['Rises, says "X"', "Falls"]),
        ("title,text\nwrong,right\n", ["right"]),
        ("Bitcoin rises\nEther falls", ["Bitcoin rises", "Ether falls"]),
        ('text\n"two\nlines"\n', ["two\nlines"]),
    ],
)
def test_csv_column_is_found(content: str, titles: list[str]) -> None:
    assert csv_titles(content.encode()) == titles


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "It contains no headlines"),
        (b"text\n", "It contains no headlines"),
        (b"id,headline\n1,x\n", "No column is named text or title; the first row has id, headline"),
        (b"id,text\n1,a\n2,\n", "Row 3, column 2: a title should have at least 1 character"),
        (b"id,text\n1,a,b\n", "Row 2 has 3 columns; the first row has 2. Quote texts with commas"),
        (b"text\n" + b"x" * 513, "Row 2, column 1: a title should have at most 512 characters"),
        (b"text\na\n\xff\n", "Line 3 is not UTF-8; save the file as CSV in UTF-8"),
        (b'text\n"a', "Line 2 is not CSV: unexpected end of data"),
        (b"text\n" + b"x" * 200_000, "Line 2 is not CSV: field larger than field limit"),
        (b"text\n" + b"a\n" * 257, "There are 257 headlines; the limit is 256"),
        (b"a\n" * 500_001, "The file has 1,000,002 bytes; the limit is 1,000,000"),
    ],
)
def test_unreadable_csv_is_located(content: bytes, told: str) -> None:
    with pytest.raises(TitlesError) as raised:
        csv_titles(content)
    assert str(raised.value).startswith(told)


@pytest.mark.parametrize("give", [lambda titles: pasted_titles("\n".join(titles)), listed_titles])
def test_more_than_256_headlines_are_refused(give: Callable[[list[str]], list[str]]) -> None:
    assert give(["x"] * 256) == ["x"] * 256
    with pytest.raises(TitlesError, match="There are 257 headlines"):
        give(["x"] * 257)


@pytest.mark.parametrize("given", ["", " ", "\u200b", "a\0b", "x" * 513, None, 3])
def test_what_is_no_headline_is_refused(given: object) -> None:
    with pytest.raises(TitlesError, match=r"^A title "):
        one_title(given)  # type: ignore[arg-type]
    with pytest.raises(TitlesError, match=r"^Title 2: a title "):
        listed_titles(["ok", given])  # type: ignore[list-item]


@given(st.binary(max_size=300))
def test_any_bytes_parse_or_fail(content: bytes) -> None:
    try:
        assert csv_titles(content)
    except TitlesError as error:
        assert str(error)


@given(st.lists(st.text(max_size=40) | st.text("'=+-@,\"\r\n\ta", max_size=8), min_size=1, max_size=5))
def test_results_file_round_trips(given_texts: list[str]) -> None:
    try:
        texts = listed_titles(given_texts)
    except TitlesError:
        return
    assert csv_titles(results_csv(scored(texts)).encode()) == texts


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''=1", "'quoted'", "plain"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert guarded(text)[0] not in "=+-@\t\r"
    assert csv_titles(results_csv(scored([text])).encode()) == [text]


def test_results_file_has_header_and_order() -> None:
    assert results_csv(scored(["a, b"])).splitlines() == [
        "text,negative,neutral,positive,news,label,model_version",
        '"a, b",0.200000,0.100000,0.700000,0.250000,Positive,v1',
    ]


def test_table_marks_only_not_news() -> None:
    assert "news" not in results(scored(["a"]))
    assert "news" not in results(scored(["a"], news_threshold=0.2))
    assert "<small>Probably not news (25%): not counted</small>" in results(scored(["a"], news_threshold=0.5))


def test_table_shows_headlines_as_text() -> None:
    shown = results(scored(["<img src=x onerror=alert(1)>", "b"]))
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown and "<img" not in shown
    assert "2 headlines</b>: 0 negative, 0 neutral, 2 positive" in shown
