"""Reading CSV corpora: layouts, label schemes, refusals, and that no row is lost."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from barometer.corpus.sources import CorpusError, Refusal, Row, Vote, read_corpus
from barometer.labels import Label

NEGATIVE, NEUTRAL, POSITIVE = Label
CRYPTOLIN_HEADER = (
    "id,date,news,final_manual_labelling,text_span,type_abnormal_return_fama_frech,vader,textblob,flair,"
    "finbert_positive,finbert_negative,finbert_neutral,vader_class,textblob_class,flair_class,finbert_positive_class,"
    "finbert_negative_class,finbert_neutral_class,manual_labelling_1,manual_labelling_2,manual_labelling_3"
)
on_one_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def read(folder: Path, content: str | bytes, label_values: str = "auto") -> tuple[list[Row], list[Refusal]]:
    path = folder / "corpus.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_corpus(path, label_values)


def labels(rows: list[Row]) -> list[Label]:
    return [vote.label for row in rows for vote in row.votes]


def test_a_label_column_is_expert_votes(tmp_path: Path) -> None:
    rows, refused = read(tmp_path, "text,label,source\nBitcoin surges,Positive, wire \nEther falls,negative,\n")
    assert refused == []
    assert [row.votes for row in rows] == [(Vote("expert", POSITIVE, True),), (Vote("expert", NEGATIVE, True),)]
    assert [(row.text, row.source, row.date, row.line) for row in rows] == [
        ("Bitcoin surges", "wire", "", 2),
        ("Ether falls", "", "", 3),
    ]


def test_long_files_name_each_rows_annotator(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "text,label,annotator\nBitcoin surges,Positive,ann\nBitcoin surges,Neutral,\n")
    assert [row.votes for row in rows] == [(Vote("ann", POSITIVE, True),), (Vote("expert", NEUTRAL, True),)]


def test_annotator_columns_are_crowd_votes(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "text,annotator_1,annotator_b\nBitcoin surges,Positive,Neutral\nEther falls,,Negative\n")
    assert rows[0].votes == (Vote("annotator_1", POSITIVE, False), Vote("annotator_b", NEUTRAL, False))
    assert rows[1].votes == (Vote("annotator_b", NEGATIVE, False),)


def test_texts_alone_are_unlabelled(tmp_path: Path) -> None:
    rows, refused = read(tmp_path, "text,date\nBitcoin surges,2024-05-17T23:30:00-05:00\nEther falls,\n")
    assert refused == []
    assert [(row.votes, row.date) for row in rows] == [((), "2024-05-18T04:30:00Z"), ((), "")]


def test_baseline_columns_are_kept_by_name(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "text,label,baseline_vader\nBitcoin surges,Positive,Neutral\n")
    assert rows[0].baselines == {"vader": NEUTRAL}
    assert len(rows[0].votes) == 1


def test_the_cryptolin_header_is_recognised(tmp_path: Path) -> None:
    body = "7,2021-03-04,Made-up coin rises,1,span,x,0.1,0.2,0.3,0.4,0.5,0.6,1,0,-1,1,-1,0,1,1,0\n"
    rows, refused = read(tmp_path, f"{CRYPTOLIN_HEADER}\n{body}")
    assert refused == []
    (row,) = rows
    assert (row.text, row.date) == ("Made-up coin rises", "2021-03-04T00:00:00Z")
    crowd = [Vote(f"manual_labelling_{i}", k, False) for i, k in enumerate((POSITIVE, POSITIVE, NEUTRAL), start=1)]
    assert row.votes == (Vote("expert", POSITIVE, True), *crowd)
    assert row.baselines["vader"] is POSITIVE
    assert row.baselines["flair"] is NEGATIVE
    assert len(row.baselines) == 6


@pytest.mark.parametrize(
    ("values", "scheme"),
    [
        ("-1 0 1", "signed"),
        ("-1 0 1", "auto"),
        ("0 1 2", "index"),
        ("0 1 2", "auto"),
        ("-1.0 0.0 1.0", "auto"),
        ("0.0 1.0 2.0", "auto"),
        ("Negative Neutral Positive", "name"),
        ("NEGATIVE neutral Positive", "auto"),
    ],
)
def test_schemes_map_to_the_class_order(tmp_path: Path, values: str, scheme: str) -> None:
    body = "".join(f"title {value},{value}\n" for value in values.split())
    rows, refused = read(tmp_path, f"text,label\n{body}", scheme)
    assert refused == []
    assert labels(rows) == [NEGATIVE, NEUTRAL, POSITIVE]


@pytest.mark.parametrize(("scheme", "expected"), [("signed", [NEUTRAL, POSITIVE]), ("index", [NEGATIVE, NEUTRAL])])
@pytest.mark.parametrize("body", ["a,0\nb,1\n", "a,0.0\nb,1.0\n"])
def test_zeros_and_ones_are_ambiguous(tmp_path: Path, body: str, scheme: str, expected: list[Label]) -> None:
    with pytest.raises(CorpusError, match=r"labels are only 0, 1.*set corpus.label_values to signed or index"):
        read(tmp_path, f"text,label\n{body}")
    assert labels(read(tmp_path, f"text,label\n{body}", scheme)[0]) == expected


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b" ,Positive,", "no text in column 'text'"),
        (b"a title,bullish,", "unknown label 'bullish'; expected one of negative, neutral, positive"),
        (b"a title,Positive,17/05/2024", "broken date '17/05/2024'; expected ISO 8601"),
        (b"a title,Positive,9999-12-31T23:59:59-10:00", "broken date"),
        (b"caf\xe9 coin,Positive,", "column 'text' is not UTF-8 (byte 0xe9)"),
        (b"a title,Positive", "2 fields; expected 3"),
        (b"one, two,Positive,", "4 fields; expected 3"),
        (b"a title,,", "no label"),
    ],
)
def test_bad_rows_give_line_and_reason(tmp_path: Path, bad: bytes, reason: str) -> None:
    content = b"text,label,date\nBitcoin surges,Positive,\n" + bad + b"\nEther falls,Negative,2024-05-17\n"
    rows, refused = read(tmp_path, content)
    assert [row.line for row in rows] == [2, 4]
    assert [(refusal.file, refusal.line) for refusal in refused] == [("corpus.csv", 3)]
    assert reason in refused[0].reason
    refused[0].text.encode()


def test_byte_order_marks_leave_the_header(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "\ufefftext,label\nBitcoin surges,Positive\n")
    assert [row.text for row in rows] == ["Bitcoin surges"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_numbers_count_quoted_newlines(tmp_path: Path, newline: str) -> None:
    lines = ["text,label", '"first', 'part",Positive', "", "second,Negative", "third,bullish", ""]
    rows, refused = read(tmp_path, newline.join(lines))
    assert [(row.line, row.text) for row in rows] == [(2, f"first{newline}part"), (5, "second")]
    assert [refusal.line for refusal in refused] == [6]


def test_an_early_year_keeps_four_digits(tmp_path: Path) -> None:
    """Dates are compared as text, so a typing error must not sort as the newest."""
    rows, _ = read(tmp_path, "text,date\nBitcoin surges,0024-05-17\n")
    assert rows[0].date == "0024-05-17T00:00:00Z"


def test_an_unclosed_quote_names_its_line(tmp_path: Path) -> None:
    """It would make one field of all that follows, and drop those rows unseen."""
    with pytest.raises(CorpusError, match=r"corpus\.csv:3: a quote opens in this row and is never closed"):
        read(tmp_path, 'text\nBitcoin surges\n"Ether falls\nSolana halts\n')


def test_oversized_fields_name_their_line(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"corpus\.csv:3: .*limit"):
        read(tmp_path, "text\nBitcoin surges\n" + "a" * (csv.field_size_limit() + 1))


def test_files_keep_order_and_own_scheme(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("text,label\nlate,-1\n", encoding="utf-8")
    (tmp_path / "a.csv").write_text("text,label\nearly,2\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a corpus", encoding="utf-8")
    rows, _ = read_corpus(tmp_path)
    assert [(row.file, row.votes[0].label) for row in rows] == [("a.csv", POSITIVE), ("b.csv", NEGATIVE)]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(CorpusError, match="empty file; expected a header line with a text column"):
        read(tmp_path, content)


def test_a_header_needs_a_text_column(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no column 'text'; found title, label"):
        read(tmp_path, "title,label\nBitcoin surges,Positive\n")


@pytest.mark.parametrize("name", ["", "none.csv"])
def test_a_missing_corpus_suggests_fetch(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=r"no corpus at .*barometer fetch"):
        read_corpus(tmp_path / name)


@on_one_file
@given(head=st.sampled_from([b"", b"text,label\n", b"\xef\xbb\xbftext,label,date\n"]), body=st.binary(max_size=80))
@example(head=b"text,label\n", body=b'a"b,"c""d"e\n')
@example(head=b"text,date\n", body=b"a,0001-01-01T00:00:00+05:00\n")
def test_arbitrary_bytes_raise_only_corpus_errors(tmp_path: Path, head: bytes, body: bytes) -> None:
    try:
        rows, refused = read(tmp_path, head + body)
    except CorpusError as error:
        assert "corpus.csv" in str(error)
    else:
        lines = [item.line for item in (*rows, *refused)]
        assert len(set(lines)) == len(lines)


@on_one_file
@given(st.binary(max_size=120).map(lambda body: body.replace(b'"', b"'")))
def test_every_unquoted_line_is_accounted_for(tmp_path: Path, body: bytes) -> None:
    rows, refused = read(tmp_path, b"text\n" + body)
    wanted = [line for line in re.split(rb"\r\n|\r|\n", body) if line]
    assert len(rows) + len(refused) == len(wanted)


@on_one_file
@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=3), max_size=6))
def test_every_written_record_is_accounted_for(tmp_path: Path, records: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["text", "label"], *records])
    rows, refused = read(tmp_path, stream.getvalue(), "name")
    assert len(rows) + len(refused) == len(records)


@pytest.mark.real_data
def test_cryptolin_is_read_whole(real_corpora: Path) -> None:
    path = real_corpora / "CryptoLin_IE.csv"
    rows, refused = read_corpus(path)
    assert (len(rows), len(refused)) == (2683, 0)
    with path.open(encoding="utf-8", newline="") as stream:
        final = [record["final_manual_labelling"] for record in csv.DictReader(stream)]
    assert [final.count(value) for value in ("-1", "0", "1")] == [385, 942, 1356]
    by_consensus = [NEGATIVE if value == "-1" else NEUTRAL if value == "0" else POSITIVE for value in final]
    assert [next(vote.label for vote in row.votes if vote.expert) for row in rows] == by_consensus
    assert {sum(not vote.expert for vote in row.votes) for row in rows} == {3}


def test_news_and_hard_are_flags(tmp_path: Path) -> None:
    rows, refused = read(
        tmp_path,
        "text,label,annotator,news,hard\nBitcoin surges,2,ann,1,0\nBuy now,1,ann,0,1\n"
        "Ether falls,0,ann,,\nHm,1,ann,2,0\n",
    )
    assert [row.votes[0] for row in rows] == [
        Vote("ann", POSITIVE, True, news=True, hard=False),
        Vote("ann", NEUTRAL, True, news=False, hard=True),
        Vote("ann", NEGATIVE, True, news=None, hard=False),
    ]
    assert [bad.reason for bad in refused] == ["column 'news' is '2'; expected 0 or 1"]
