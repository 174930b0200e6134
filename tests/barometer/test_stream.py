"""Lines in, JSON lines out: one each, in order, whatever the bytes, in bounded memory."""

import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from barometer.predictor import Predictor
from barometer.stream import InputLine, decode_line, predict_lines, read_lines

CUT = "cut to 2000 characters"
REPLACED = "bytes that are not UTF-8 were replaced"


class Blocks(io.RawIOBase):
    """A stream that gives its bytes in the blocks it was made of, as a slow pipe does."""

    def __init__(self, blocks: list[bytes]) -> None:
        self.blocks = iter(blocks)

    def read1(self, size: int) -> bytes:
        return next(self.blocks, b"")


@pytest.fixture(scope="module")
def predictor(tfidf_artifact: Path) -> Predictor:
    return Predictor.load(tfidf_artifact, threads=1)


def lines_of(content: bytes) -> list[bytes]:
    """What counts as a line: ended by a newline, or by the end of the input if anything stands before it."""
    *ended, last = content.split(b"\n")
    return [*ended, last] if last else ended


def read(content: bytes, most: int = 256) -> list[InputLine]:
    return [line for batch in read_lines(io.BytesIO(content), most) for line in batch]


def answers(predictor: Predictor, content: bytes, most: int = 256) -> list[dict[str, Any]]:
    return [json.loads(line) for line in predict_lines(predictor, read_lines(io.BytesIO(content), most))]


dirty = st.lists(
    st.one_of(st.binary(max_size=40), st.text(max_size=20).map(str.encode), st.sampled_from([b"\n", b"\r\n", b"\xff"]))
).map(b"".join)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=dirty, most=st.integers(1, 5))
@example(content=b"", most=1)
@example(content=b"\n\n\r\n\r", most=1)
@example(content=b"a\x00b\xe2\x80\xa8c\x85d\x0be\n&#10;\n", most=2)
def test_each_line_gets_one_answer(predictor: Predictor, content: bytes, most: int) -> None:
    raw = list(predict_lines(predictor, read_lines(io.BytesIO(content), most)))
    assert not any("\n" in line for line in raw)
    expected = [line.removesuffix(b"\r").decode(errors="replace") for line in lines_of(content)]
    assert [json.loads(line)["text"] for line in raw] == expected


@settings(deadline=None, max_examples=100)
@given(content=dirty, cuts=st.lists(st.integers(0, 200), max_size=8), most=st.integers(1, 4))
def test_lines_do_not_depend_on_blocks(content: bytes, cuts: list[int], most: int) -> None:
    edges = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    blocks = [content[a:b] for a, b in pairwise(edges)]
    batches = list(read_lines(Blocks(blocks), most))
    assert [line for batch in batches for line in batch] == [decode_line(raw) for raw in lines_of(content)]
    assert all(1 <= len(batch) <= most for batch in batches)


@settings(deadline=None, max_examples=60)
@given(
    units=st.lists(st.sampled_from([b"a", b"\xff", b"\r", "é".encode(), "€".encode(), "🚀".encode()]), min_size=1),
    start=st.integers(7990, 8010),
)
def test_bytes_beyond_the_kept_change_nothing(units: list[bytes], start: int) -> None:
    content = ("🚀" * 3000).encode()[:start] + b"".join(units) * 50
    assert read(content + b"\n") == [decode_line(content)]


@pytest.mark.parametrize("empty", [b"", b"   ", b"\r", "\u200b\u00a0".encode(), b"&nbsp;"])
def test_empty_lines_give_errors_and_nulls(predictor: Predictor, empty: bytes) -> None:
    before, answer, after = answers(predictor, b"Bitcoin surges\n" + empty + b"\nBitcoin crashes\n")
    assert answer["error"] == "empty line"
    assert [answer[name] for name in ("negative", "neutral", "positive", "news", "label")] == [None] * 5
    assert answer["model_version"] == predictor.version
    assert before["text"] == "Bitcoin surges" and before["label"] is not None
    assert after["text"] == "Bitcoin crashes" and "error" not in after


def test_answers_hold_probabilities_label_and_version(predictor: Predictor) -> None:
    (answer,) = answers(predictor, b"Bitcoin surges in week 0\n")
    assert list(answer) == ["text", "negative", "neutral", "positive", "news", "label", "model_version"]
    assert answer["news"] == 1  # this model cannot tell
    assert answer["label"] == "Positive" and answer["positive"] > max(answer["negative"], answer["neutral"])
    assert answer["negative"] + answer["neutral"] + answer["positive"] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("character", ["a", "é", "€", "🚀"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_exactly_2000_characters_are_kept(character: str, end: bytes) -> None:
    assert read((character * 2000).encode() + end) == [InputLine(character * 2000)]


@pytest.mark.parametrize("character", ["a", "é", "€", "🚀"])
@pytest.mark.parametrize("length", [2001, 2002, 9000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_longer_lines_are_cut_and_flagged(character: str, length: int, end: bytes) -> None:
    assert read((character * length).encode() + end) == [InputLine(character * 2000, (CUT,))]


@pytest.mark.parametrize("shift", range(4))
def test_a_split_character_is_not_invalid(shift: int) -> None:
    line = "a" * shift + "🚀" * 5000
    assert read(line.encode() + b"\n") == [InputLine(line[:2000], (CUT,))]


def test_an_own_replacement_character_is_valid() -> None:
    line = "\ufffd" + "🚀" * 1999
    assert read(line.encode()) == [InputLine(line)]
    assert read((line + "a🚀🚀🚀").encode()) == [InputLine(line, (CUT,))]


def test_invalid_utf8_is_replaced_and_flagged(predictor: Predictor) -> None:
    (answer,) = answers(predictor, b"Bitcoin \xff surges\n")
    assert answer["text"] == "Bitcoin \ufffd surges"
    assert answer["warnings"] == [REPLACED]
    assert answer["label"] is not None


def test_a_broken_last_character_is_flagged() -> None:
    assert read("a🚀".encode()[:-1] + b"\nb") == [InputLine("a\ufffd", (REPLACED,)), InputLine("b")]


def test_invalid_and_too_long_flag_both() -> None:
    assert read(b"\xff" + b"a" * 3000) == [InputLine("\ufffd" + "a" * 1999, (REPLACED, CUT))]


def test_invalid_bytes_cut_away_go_unflagged() -> None:
    assert read(b"a" * 2001 + b"\xff") == [InputLine("a" * 2000, (CUT,))]


def test_inner_carriage_returns_stay() -> None:
    assert [line.text for line in read(b"a\rb\r\r\n")] == ["a\rb\r"]


def test_the_last_line_needs_no_newline() -> None:
    assert [line.text for line in read(b"a\nb")] == ["a", "b"]


@pytest.mark.parametrize("batch_size", [1, 7, 256])
def test_batch_size_does_not_change_probabilities(
    batch_size: int, headlines: list[tuple[str, int]], int8_artifact: Path
) -> None:
    predictor = Predictor.load(int8_artifact, threads=2)
    texts = [text for text, _ in headlines[:50]]
    found = answers(predictor, "\n".join(texts).encode(), batch_size)
    table = [[answer[name] for name in ("negative", "neutral", "positive", "news")] for answer in found]
    probabilities, news = predictor.score(texts)
    assert 0 < news.min() < 1
    np.testing.assert_allclose(table, np.column_stack([probabilities, news]), atol=1e-5)


def test_endless_lines_keep_memory_bounded() -> None:
    block = b"x" * (1 << 16)
    tracemalloc.start()
    lines = [line for batch in read_lines(Blocks([block] * 800), 256) for line in batch]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines == [InputLine("x" * 2000, (CUT,))]
    assert peak < 1_000_000


class ManyLines(io.RawIOBase):
    """200,000 headlines that exist one block at a time."""

    def __init__(self) -> None:
        self.blocks: Iterator[bytes] = (
            b"".join(b"Bitcoin surges in week %d\n" % i for i in range(start, start + 1000))
            for start in range(0, 200_000, 1000)
        )

    def read1(self, size: int) -> bytes:
        return next(self.blocks, b"")


@pytest.mark.slow
def test_memory_is_constant_over_200000_lines(predictor: Predictor) -> None:
    peaks, blocks, count = [], [], 0
    for count, _ in enumerate(predict_lines(predictor, read_lines(ManyLines(), 256)), 1):
        if count % 50_000 == 40_000:  # tracing makes it four times slower, so a fifth is traced
            blocks.append(sys.getallocatedblocks())
            tracemalloc.start()
        elif count % 50_000 == 0:
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert (count, len(peaks)) == (200_000, 4)
    assert max(peaks) < 1.2 * min(peaks) + 100_000
    assert blocks[-1] < blocks[0] + 10_000  # nothing is kept of a line, however small


def test_answers_come_before_the_next_line(tfidf_artifact: Path) -> None:
    command = [sys.executable, "-m", "barometer.cli.main", "predict", "--model", str(tfidf_artifact)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for text in ("Bitcoin surges", "", "Биткоин 🚀"):
            process.stdin.write(text.encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdin.write(b"Bitcoin ")
        process.stdin.flush()
        process.stdin.write(b"crashes")
        process.stdin.close()
        assert json.loads(process.stdout.read())["text"] == "Bitcoin crashes"
        assert process.wait(timeout=30) == 0
