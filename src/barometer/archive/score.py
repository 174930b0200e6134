"""Scores an archive: checks input, model and place, then hands the work to a cluster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from barometer.archive.cluster import cluster, on_cluster, run_job
from barometer.archive.inputs import InputFile, find_inputs
from barometer.archive.manifest import Manifest, open_archive
from barometer.archive.places import ArchiveError, Place
from barometer.archive.scoring import read_model
from barometer.card import read_card
from barometer.runtimes import ONNXRUNTIME, choose

PART_ROWS = 4096


def score_archive(
    source: Place,
    out: Place,
    model: Path,
    *,
    address: str | None = None,
    utc: bool = False,
    part_rows: int = PART_ROWS,
    show: Callable[[Any], None] = lambda progress: None,
) -> Manifest:
    """Score the headlines of an archive; one that is begun is gone on with, one that is complete is left as it is.

    Args:
        source: files, or a folder of files, with columns title and pub_time, optional source and url.
        out: the archive; both must be the same for all machines of a cluster.
        model: an artifact; it is sent to the cluster.
        address: `ray://HOST:PORT`; None starts Ray on this machine.
        utc: take times without a zone as UTC; otherwise such rows are bad.
        part_rows: rows of a part, the unit of work.
        show: called with the progress, a `barometer.archive.run.Progress`.

    Raises:
        ArchiveError: if the input or the cluster cannot be used, or `out` holds something else.
        ArtifactError: if the model cannot.
    """
    inside = f"{out.path}/".startswith(f"{source.path}/")
    if inside and out.on_s3 == source.on_s3:
        raise ArchiveError(f"{out.address} is within {source.address}, whose files would be read as input")
    content, card = read_model(model), read_card(model)
    runtime = choose(None, card.precision) if card.input == "tokens" else ONNXRUNTIME

    def work(files: list[InputFile]) -> Manifest:
        return Manifest(card.name, card.version, runtime, tuple(files), utc, part_rows)

    found = open_archive(out, work(find_inputs(source, utc=utc))) if address is None else None
    if found and found.finished:
        return found
    with cluster(address) as ray:
        if found is None:
            found = work(on_cluster(ray, _find_inputs, source, utc))
        result = run_job(ray, (content, found, source, out), show)
    if isinstance(result, str):
        raise ArchiveError(result)
    done: Manifest = result
    return done


def _find_inputs(source: Place, utc: bool) -> list[InputFile]:
    return find_inputs(source, utc=utc)
