"""The whole index as a file, CSV or Parquet: a row for each hour or day (UTC) with headlines and each coin.

Written part by part, so that memory does not grow with the history. pyarrow is imported only for Parquet.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from barometer.spreadsheet import guarded

if TYPE_CHECKING:
    import pyarrow as pa

FileFormat = Literal["csv", "parquet"]
COLUMNS = ("start", "coin", "value", "low", "high", "headlines", "model_version")
ROW_GROUP = 65_536  # rows of Parquet that are written, and held in memory, together
_SECONDS = 3_600  # of an hour


@dataclass(frozen=True, slots=True)
class HistoryPart:
    """K rows of the index, by start and then by coin.

    Attributes:
        hours: start of each hour or day, in hours since 1970 UTC, (K,).
        coins: tickers; empty for all headlines.
        values, lows, highs: the barometer and its 95% interval, in [0, 1].
        counts: headlines that count.
        model_version: whose scores they are.
    """

    hours: NDArray[np.int64]
    coins: Sequence[str]
    values: Sequence[float]
    lows: Sequence[float]
    highs: Sequence[float]
    counts: Sequence[int]
    model_version: str


def write_history(parts: Iterable[HistoryPart], file: BinaryIO, form: FileFormat) -> None:
    """Write the parts of an index into a binary file, which stays open.

    The columns are `COLUMNS`: start of the hour or day (UTC), coin (empty in CSV and null in Parquet for all
    headlines), value, low and high in [0, 1], number of headlines, and the version of the model that scored them.

    Raises:
        ModuleNotFoundError: if Parquet is asked for where pyarrow is not installed.
        OSError: if the file cannot be written.
    """
    if form == "parquet":
        _write_parquet(parts, file)
    else:
        _write_csv(parts, file)


def _write_csv(parts: Iterable[HistoryPart], file: BinaryIO) -> None:
    file.write(_lines([COLUMNS]))
    for part in parts:
        file.write(_lines(_rows(part)))


def _lines(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _rows(part: HistoryPart) -> Iterator[tuple[object, ...]]:
    hours = part.hours.tolist()
    starts = {hour: f"{datetime.fromtimestamp(hour * _SECONDS, UTC):%Y-%m-%dT%H:%M:%SZ}" for hour in set(hours)}
    coins = {coin: guarded(coin) for coin in set(part.coins)}
    version = repeat(guarded(part.model_version))
    cells = map(starts.__getitem__, hours), map(coins.__getitem__, part.coins)
    return zip(*cells, part.values, part.lows, part.highs, part.counts, version)  # noqa: B905 - `repeat` has no end


def _write_parquet(parts: Iterable[HistoryPart], file: BinaryIO) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415

    with parquet.ParquetWriter(file, _schema(), compression="zstd") as writer:
        held: list[pa.Table] = []
        for table in map(_table, parts):
            held.append(table)
            if sum(one.num_rows for one in held) >= ROW_GROUP:
                writer.write_table(pa.concat_tables(held), ROW_GROUP)
                held = []
        if held:
            writer.write_table(pa.concat_tables(held), ROW_GROUP)


def _schema() -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415 - an extra

    # Plain text: a dictionary of one part is not that of the next, and Parquet makes its own anyway.
    types = [pa.timestamp("us", tz="UTC"), pa.string(), *[pa.float64()] * 3, pa.int64(), pa.string()]
    return pa.schema(list(zip(COLUMNS, types, strict=True)))


def _table(part: HistoryPart) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - an extra

    schema = _schema()
    starts = pa.array(part.hours * (_SECONDS * 1_000_000), pa.int64()).cast(schema.types[0])
    coins = [coin or None for coin in part.coins]
    others = (coins, part.values, part.lows, part.highs, part.counts, [part.model_version] * len(coins))
    columns = (pa.array(column, kind) for column, kind in zip(others, schema.types[1:], strict=True))
    return pa.Table.from_arrays([starts, *columns], schema=schema)
