"""Scores an archive on a Ray cluster: Ray Data reads parts, a pool of one-core predictors scores them.

Every part is a file that appears whole, and its name and content follow from the input. So whatever dies, a worker, a
machine or the run itself, what is done again gives the same file; a run that is repeated does only what is missing.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import ray
from ray.data import ActorPoolStrategy, DataContext, Datasource
from ray.data.block import BlockMetadata
from ray.data.datasource import ReadTask

from barometer.archive.inputs import InputFile, RawPart, read_parts
from barometer.archive.manifest import Manifest, open_archive
from barometer.archive.months import complete, month_pieces, write_month
from barometer.archive.places import ArchiveError, Place
from barometer.archive.schema import PARTS
from barometer.archive.scoring import Part, PartScorer, find_parts, part_name, read_part
from barometer.card import ArtifactError

_RETRIES = 5  # of a part, or the run, whose process dies; a headline that kills it must not do so for ever
_PART_BYTES = 1  # Ray joins blocks up to this size: each part stays alone
_READERS = 16


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: rows of the input that are done, how many it has as far as is known, and months written."""

    rows: int = 0
    all_rows: int = 0
    months: int = 0
    all_months: int = 0


class _Parts(Datasource):  # type: ignore[misc]  # Ray is not analysed, so its classes are Any here
    """The parts that are not done, a row each, their rows as bytes."""

    def __init__(self, source: Place, work: Manifest, done: frozenset[str]) -> None:
        super().__init__()
        self._source, self._work, self._done = source, work, done

    def estimate_inmemory_data_size(self) -> int | None:
        """Unknown."""
        return None

    def get_read_tasks(self, parallelism: int, **_: object) -> list[ReadTask]:
        """A task for each file: parts are cut in order."""
        source, work, done = self._source, self._work, self._done
        unknown = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
        return [
            ReadTask(lambda number=number: _read(source, work, done, number), unknown)
            for number in range(len(work.files))
        ]


def _read(source: Place, work: Manifest, done: frozenset[str], number: int) -> Iterator[pa.Table]:
    for part in read_parts(source, work.files[number], work.part_rows):
        if part_name(number, part.number) not in done:
            yield pa.table(
                {
                    "file": pa.array([number]),
                    "number": pa.array([part.number]),
                    "first": pa.array([part.first]),
                    "share": pa.array([part.share]),
                    "rows": pa.array([_packed(part.rows)], pa.large_binary()),
                }
            )


def _packed(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


class _Scorer:
    """`PartScorer` as Ray Data calls it: a table of parts in, a table of what they hold out."""

    def __init__(self, model: "ray.ObjectRef[Mapping[str, bytes]]", work: Manifest, source: Place, out: Place) -> None:
        self._scorer = PartScorer(ray.get(model), work, source, out)

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Score parts."""
        rows = []
        for row in parts.to_pylist():
            raw = pa.ipc.open_stream(row["rows"]).read_all()
            part = self._scorer.score(row["file"], RawPart(row["number"], row["first"], raw, row["share"]))
            read = row["first"] + raw.num_rows
            rows.append({"name": part.name, "file": row["file"], "expected": read / max(row["share"], 1e-9)})
        return pa.Table.from_pylist(rows)


class Job:
    """A run as an actor of the cluster, so that it is the same on this machine and on another."""

    def __init__(self) -> None:
        self._progress = Progress()

    def progress(self) -> Progress:
        """How far the run is; may be called meanwhile."""
        return self._progress

    def run(self, model: Mapping[str, bytes], work: Manifest, source: Place, out: Place) -> Manifest | str:
        """Score an archive; return its manifest, or in one line why it cannot be scored."""
        try:
            found = open_archive(out, work)
            if found.finished:
                (out / PARTS).delete()  # a run that was killed at its very end
                return found
            return self._gather(out, found, self._score(ray.put(model), found, source, out))
        except Exception as error:  # Ray wraps what a worker raises in errors of its own
            said = _expected(error)
            if said is None:
                raise
            return said

    def _score(self, model: Any, work: Manifest, source: Place, out: Place) -> list[Part]:  # noqa: ANN401 - a reference
        done = find_parts(out)
        with ThreadPoolExecutor(_READERS) as pool:
            parts = {part.name: part for part in pool.map(lambda name: read_part(out, name), done)}
        rows = sum(part.rows for part in parts.values())
        expected = {number: float(file.rows) for number, file in enumerate(work.files) if file.rows is not None}
        self._progress = Progress(rows, _all_rows(work.files, expected))
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        context = DataContext.get_current()
        context.enable_progress_bars = False
        context.target_max_block_size = _PART_BYTES
        scored = ray.data.read_datasource(
            _Parts(source, work, frozenset(parts)), override_num_blocks=len(work.files), ray_remote_args={"num_cpus": 0}
        ).map_batches(
            _Scorer,
            fn_constructor_args=(model, work, source, out),
            batch_size=1,
            batch_format="pyarrow",
            zero_copy_batch=True,
            compute=ActorPoolStrategy(min_size=1, initial_size=cores),
            num_cpus=1,
            max_task_retries=_RETRIES,
        )
        for row in scored.iter_rows():
            part = read_part(out, row["name"])
            parts[part.name] = part
            rows += part.rows
            expected[row["file"]] = row["expected"]
            self._progress = Progress(rows, max(rows, _all_rows(work.files, expected)))
        return list(parts.values())

    def _gather(self, out: Place, work: Manifest, parts: list[Part]) -> Manifest:
        pieces = month_pieces(parts)
        if not pieces:
            first = next((line for part in parts for line in part.shown), "no row")
            raise ArchiveError(f"no row is a headline; the first: {first}")
        write = ray.remote(num_cpus=1, max_retries=_RETRIES)(write_month)
        waiting = {write.remote(out, month, found, work.version): month for month, found in pieces.items()}
        months: dict[str, int] = {}
        while waiting:
            (ready,), _ = ray.wait(list(waiting), num_returns=1)
            months[waiting.pop(ready)] = ray.get(ready)
            self._progress = Progress(self._progress.rows, self._progress.rows, len(months), len(pieces))
        return complete(out, work, parts, months)


def _all_rows(files: Sequence[InputFile], expected: Mapping[int, float]) -> int:
    """Rows of the input: as files say or lead to expect, and by their size where nothing was read; 0 if unknown."""
    read = sum(files[number].size for number in expected)
    rows = sum(expected.values())
    return round(rows * sum(file.size for file in files) / read) if read else 0


def _expected(error: BaseException) -> str | None:
    """What an error of an archive or a model says, however deep it is."""
    seen: set[int] = set()
    rest: list[BaseException | None] = [error]
    while rest:
        found = rest.pop()
        if found is None or id(found) in seen:
            continue
        if isinstance(found, ArchiveError | ArtifactError):
            return str(found)
        seen.add(id(found))
        rest += [getattr(found, "cause", None), found.__cause__, found.__context__]
    return None
