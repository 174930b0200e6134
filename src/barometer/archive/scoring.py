"""Scores a part of an archive and writes it: the unit of work, done again only if its file is not there."""

import io
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from barometer.archive.inputs import InputFile, RawPart, place_of
from barometer.archive.manifest import Manifest
from barometer.archive.places import Place, reported
from barometer.archive.rows import Headlines, read_headlines
from barometer.archive.schema import PARTS, TABLE, UTC_TIME
from barometer.card import CARD, read_card
from barometer.headline import normalised_id
from barometer.labels import CLASS_NAMES, FIELD_NAMES
from barometer.predictor import Predictor, Scores
from barometer.prevalence import from_calibration

_SUMMARY = b"barometer"


@dataclass(frozen=True, slots=True)
class Part:
    """What a part holds: headlines by month in the order of its batches, and rows that are none."""

    name: str
    months: Mapping[str, int]
    bad: int
    shown: Sequence[str]

    @property
    def rows(self) -> int:
        """Rows of the input, as far as they are headlines or bad."""
        return sum(self.months.values()) + self.bad


def part_name(file_number: int, part_number: int) -> str:
    """The name of a part; in alphabetical order the parts are those of the input."""
    return f"{file_number:07d}-{part_number:07d}.arrow"


def read_model(folder: Path) -> dict[str, bytes]:
    """The files of an artifact, to send to other machines.

    Raises:
        ArtifactError: if it is incomplete or altered.
    """
    folder = folder.resolve()
    return {name: (folder / name).read_bytes() for name in (CARD, *read_card(folder).files)}


class PartScorer:
    """Scores parts with one predictor on one core."""

    def __init__(self, model: Mapping[str, bytes], work: Manifest, source: Place, out: Place) -> None:
        """Load the model.

        Raises:
            ArtifactError: if it is altered, or its runtime is not installed here.
        """
        os.environ["RAYON_NUM_THREADS"] = "1"  # of the tokenizers
        self._work, self._source, self._out = work, source, out
        with tempfile.TemporaryDirectory(prefix="barometer-model-") as folder:
            for name, content in model.items():
                (Path(folder) / name).write_bytes(content)
            self._predictor = Predictor.load(Path(folder), threads=1, runtime=work.runtime)
        card = self._predictor.card
        self._prevalence, self._threshold = from_calibration(card.calibration), card.news_threshold

    def score(self, file_number: int, raw: RawPart) -> Part:
        """Score a part and write its file.

        Raises:
            ArchiveError: if it cannot be read or written.
        """
        file = self._work.files[file_number]
        address = place_of(self._source, file).address
        headlines = read_headlines(address, file, raw, utc=self._work.utc)
        table = self._table(file, address, headlines, self._predictor.score(headlines.title))
        return _write(self._out, part_name(file_number, raw.number), table, headlines)

    def _table(self, file: InputFile, address: str, found: Headlines, scores: Scores) -> pa.Table:
        probabilities, news = scores
        count = len(found.title)
        columns: dict[str, Any] = {
            "title_id": [normalised_id(title) for title in found.title],
            "title": found.title,
            "pub_time": pa.array(found.pub_time, UTC_TIME),
            "source": found.source,
            "url": found.url,
            **{name: probabilities[:, k] for k, name in enumerate(FIELD_NAMES)},
            "news": news,
            "label": [CLASS_NAMES[k] for k in probabilities.argmax(axis=1)] if count else [],
            "value": [self._prevalence.value(row) for row in probabilities.tolist()],
            "counted": np.full(count, True) if self._threshold is None else news.astype(float) >= self._threshold,
            "model_version": [self._work.version] * count,
            "input": [file.name or address.rpartition("/")[2]] * count,
            "row": found.row,
        }
        return pa.table(columns, schema=TABLE)


def _write(out: Place, name: str, table: pa.Table, headlines: Headlines) -> Part:
    """Write the headlines of each month as a batch, in the order of months."""
    moments = table.column("pub_time").to_numpy().astype("datetime64[us]").astype("datetime64[M]")
    found = sorted(set(moments.tolist()))
    batches = [(f"{month:%Y-%m}", table.filter(pa.array(moments == np.datetime64(month, "M")))) for month in found]
    part = Part(name, {month: rows.num_rows for month, rows in batches}, headlines.bad, headlines.shown)
    summary = json.dumps({"months": part.months, "bad": part.bad, "shown": part.shown}).encode()
    schema = TABLE.with_metadata({_SUMMARY: summary})
    buffer = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd", unify_dictionaries=True)
    with pa.ipc.new_file(buffer, schema, options=options) as writer:
        for _, rows in batches:
            writer.write_table(rows.combine_chunks().replace_schema_metadata(schema.metadata))
    with (out / PARTS / name).written() as stream:
        stream.write(buffer.getvalue())
    return part


def find_parts(out: Place) -> list[str]:
    """The names of the parts that are done, in the order of the input."""
    return [name for name in (out / PARTS).find() if name.endswith(".arrow") and not name.startswith(".")]


def read_part(out: Place, name: str) -> Part:
    """What a part holds.

    Raises:
        ArchiveError: if it cannot be read.
    """
    where = out / PARTS / name
    with reported(where.address), where.open() as stream, pa.ipc.open_file(stream) as reader:
        return Part(name, **json.loads(reader.schema.metadata[_SUMMARY]))


def read_month(out: Place, name: str, batch: int) -> pa.Table:
    """The headlines of one month of a part.

    Raises:
        ArchiveError: if they cannot be read.
    """
    where = out / PARTS / name
    with reported(where.address), where.open() as stream, pa.ipc.open_file(stream) as reader:
        return pa.Table.from_batches([reader.get_batch(batch)]).replace_schema_metadata()
