"""What is read of an archive's files: the same rows from every format, and one line about a bad file."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from barometer.archive.inputs import find_inputs, read_parts
from barometer.archive.places import ArchiveError, Place
from barometer.archive.rows import Headlines, read_headlines

MOMENT = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
TITLES = ['Bitcoin "rallies", again', "Ether\nfalls  twice", "Биткоин &amp; 🚀", "a" * 2500]
ROWS = [(title, MOMENT + timedelta(hours=k), f"outlet {k}") for k, title in enumerate(TITLES)]


def as_csv(path: Path) -> None:
    quoted = ['"' + title.replace('"', '""') + f'",{moment.isoformat()},{source},x' for title, moment, source in ROWS]
    path.write_text("title,pub_time,source,more\n" + "\n".join(quoted), encoding="utf-8-sig")


def as_lines(path: Path) -> None:
    rows = [{"title": t, "pub_time": m.isoformat(), "source": s, "more": [1]} for t, m, s in ROWS]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))


def as_parquet(path: Path) -> None:
    title, moment, source = zip(*ROWS, strict=True)
    times = pa.array(moment, pa.timestamp("ns", tz="America/New_York"))
    parquet.write_table(pa.table({"title": title, "pub_time": times, "source": source}), path, row_group_size=3)


def read(path: Path, size: int = 3, *, utc: bool = False) -> list[Headlines]:
    place = Place(str(path))
    (file,) = find_inputs(place, utc=utc)
    return [read_headlines(path.name, file, part, utc=utc) for part in read_parts(place, file, size)]


@pytest.mark.parametrize(("name", "write"), [("h.csv", as_csv), ("h.jsonl.gz", as_lines), ("h.parquet", as_parquet)])
def test_formats_give_the_same_rows(name: str, write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path / name)
    first, last = read(tmp_path / name)
    assert first.title == ['Bitcoin "rallies", again', "Ether falls twice", "Биткоин & 🚀"]
    assert last.title == ["a" * 2000]  # as `barometer predict` cuts it
    assert first.pub_time + last.pub_time == [moment for _, moment, _ in ROWS]
    assert (first.source, last.row) == (["outlet 0", "outlet 1", "outlet 2"], [3])


@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=3), size=st.integers(1, 50))
@settings(max_examples=25, deadline=None)
def test_parts_hold_every_row_once(sizes: list[int], size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("lines") / "h.jsonl"
    lines = [json.dumps({"title": f"t{k}", "pub_time": "2024-05-17T08:30Z"}) for k in range(sum(sizes))]
    path.write_text("\n\n".join(lines))  # empty lines are no rows, but count as lines
    found = [row for part in read(path, size) for row in part.row]
    assert found == [2 * k for k in range(sum(sizes))]


def test_bad_rows_are_counted_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_bytes(
        b"title,pub_time\nA,2024-05-17T08:30:00\n ,2024-05-17T08:30Z\nB,soon\n"
        b"C,1970-01-01T00:00Z\n\xff,2024-05-17T08:30Z\n"
    )
    (part,) = read(path, 10)
    assert (part.bad, part.title) == (5, [])
    assert [line.partition(": ")[0] for line in part.shown] == [f"h.csv:{n}" for n in range(1, 6)]
    assert "--utc takes such times as UTC" in part.shown[0]
    assert read(path, 10, utc=True)[0].pub_time == [MOMENT]


BAD = {
    "missing.csv": (b"title,date\nA,2024\n", "expected the columns title and pub_time; found title, date"),
    "missing.jsonl": (b'{"title": "A"}\n', "expected the columns title and pub_time; found title"),
    "ragged.csv": (b"title,pub_time\nA,B,C\n", "Expected 2 columns, got 3"),
    "broken.jsonl": (b"{title}\n", "not JSON"),
    "list.jsonl": (b"[1]\n", "expected one JSON object a line"),
    "broken.parquet": (b"PAR1 and no more", "Parquet"),
    "broken.csv.gz": (b"no gzip", "gzip|zlib|header"),
    "empty.csv": (b"", "no headline"),
    "header.csv": (b"title,pub_time\n", "no headline"),
    "notes.txt": (b"A\n", "no file that ends in"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_named(name: str, tmp_path: Path) -> None:
    content, said = BAD[name]
    (tmp_path / name).write_bytes(content)
    for place in (tmp_path / name, tmp_path):
        with pytest.raises(ArchiveError, match=said) as raised:
            find_inputs(Place(str(place)), utc=False)
        assert str(raised.value).startswith(str(tmp_path))
        assert "\n" not in str(raised.value)


def test_late_faults_are_named(tmp_path: Path) -> None:
    good = b'{"title": "A", "pub_time": "2024-05-17T08:30Z"}\n'
    (tmp_path / "h.jsonl").write_bytes(good * 5 + b"{broken\n" + good)
    with pytest.raises(ArchiveError, match=r"h\.jsonl:6: not JSON"):
        read(tmp_path / "h.jsonl")


def test_half_characters_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "h.jsonl").write_bytes(b'{"title": "A\\ud83d", "pub_time": "2024-05-17T08:30Z", "source": "\\udc00"}')
    (part,) = read(tmp_path / "h.jsonl")
    assert (part.title, part.source) == (["A?"], ["?"])


def test_times_beyond_python_are_named(tmp_path: Path) -> None:
    times = pa.array([2**60], pa.timestamp("us", tz="UTC"))
    parquet.write_table(pa.table({"title": ["A"], "pub_time": times}), tmp_path / "h.parquet")
    with pytest.raises(ArchiveError, match=r"h\.parquet: "):
        read(tmp_path / "h.parquet")


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.int64()])
def test_parquet_times_need_a_zone(kind: pa.DataType, tmp_path: Path) -> None:
    path = tmp_path / "h.parquet"
    parquet.write_table(pa.table({"title": ["A"], "pub_time": pa.array([1715934600000000], kind)}), path)
    with pytest.raises(ArchiveError, match=f"{path}: pub_time (has no time zone; --utc|is int64; expected a time)"):
        find_inputs(Place(str(path)), utc=False)
    if pa.types.is_timestamp(kind):
        assert read(path, utc=True)[0].pub_time == [MOMENT]


def test_hidden_files_are_no_input(tmp_path: Path) -> None:
    for name in ("a.csv", "_b.csv", ".c.csv", "_d/e.csv", "f/g.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        as_csv(tmp_path / name)
    assert [file.name for file in find_inputs(Place(str(tmp_path)), utc=False)] == ["a.csv", "f/g.csv"]
