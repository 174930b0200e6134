import csv
import io
from collections.abc import Iterator

import numpy as np
import pyarrow.parquet as pq
import pytest

from barometer.live import history_files
from barometer.live.history_files import COLUMNS, FileFormat, HistoryPart, write_history

HOUR = 476_616  # 2024-05-16T00:00Z


def part(first: int, rows: int = 2, coin: str = "BTC", version: str = "0123456789ab") -> HistoryPart:
    coins = ["", *[coin] * (rows - 1)]
    numbers = [0.1 + 0.2, *[1 / 3] * (rows - 1)]
    return HistoryPart(
        np.full(rows, first, np.int64), coins, numbers, [0.0] * rows, [1.0] * rows, list(range(1, rows + 1)), version
    )


def written(parts: list[HistoryPart], form: FileFormat) -> bytes:
    file = io.BytesIO()
    write_history(parts, file, form)
    assert not file.closed
    return file.getvalue()


def test_csv_keeps_every_digit() -> None:
    rows = list(csv.DictReader(io.StringIO(written([part(HOUR), part(HOUR + 24)], "csv").decode())))
    assert [row["start"] for row in rows] == ["2024-05-16T00:00:00Z"] * 2 + ["2024-05-17T00:00:00Z"] * 2
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["coin"] == "" and float(rows[0]["value"]) == 0.1 + 0.2
    assert rows[1] == {
        "start": "2024-05-16T00:00:00Z", "coin": "BTC", "value": repr(1 / 3), "low": "0.0", "high": "1.0",
        "headlines": "2", "model_version": "0123456789ab",
    }  # fmt: skip


def test_csv_cells_are_no_formulas() -> None:
    text = written([part(HOUR, coin="=cmd|' /C calc'!A0", version="-1+1")], "csv").decode()
    [_, first, second] = csv.reader(io.StringIO(text))
    assert (first[6], second[1]) == ("'-1+1", "'=cmd|' /C calc'!A0")


def test_parquet_has_types_and_null() -> None:
    table = pq.read_table(io.BytesIO(written([part(HOUR)], "parquet")))
    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("start", "timestamp[us, tz=UTC]"), ("coin", "string"), ("value", "double"), ("low", "double"),
        ("high", "double"), ("headlines", "int64"), ("model_version", "string"),
    ]  # fmt: skip
    rows = table.to_pylist()
    assert [row["coin"] for row in rows] == [None, "BTC"]
    assert rows[0]["start"].isoformat() == "2024-05-16T00:00:00+00:00"
    assert (rows[0]["value"], rows[1]["headlines"]) == (0.1 + 0.2, 2)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_nothing_is_a_file_too(form: FileFormat) -> None:
    content = written([], form)
    if form == "csv":
        assert content == (",".join(COLUMNS) + "\r\n").encode()
    else:
        assert pq.read_table(io.BytesIO(content)).num_rows == 0


@pytest.mark.parametrize(("form", "held"), [("csv", 1), ("parquet", 3)])
def test_memory_holds_few_parts(form: FileFormat, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_files, "ROW_GROUP", 3 * 5)
    file, before = io.BytesIO(), []

    def parts() -> Iterator[HistoryPart]:
        for number in range(4 * held):
            before.append(file.tell())
            yield part(HOUR + 24 * number, rows=5)

    write_history(parts(), file, form)
    assert all(later > now for now, later in zip(before, before[held:], strict=False))
    if form == "parquet":
        metadata = pq.read_metadata(io.BytesIO(file.getvalue()))
        assert [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)] == [15] * 4
