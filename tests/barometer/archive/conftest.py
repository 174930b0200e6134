"""Archives to score, and what a run of one process makes of them."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from barometer.archive.inputs import find_inputs, read_parts
from barometer.archive.manifest import Manifest, open_archive
from barometer.archive.months import complete, month_pieces, write_month
from barometer.archive.places import Place
from barometer.archive.schema import FILE, MONTH
from barometer.archive.scoring import PartScorer, find_parts, part_name, read_model, read_part
from barometer.card import read_card
from tests.servers.tracking import BUCKET, KEYS

PART = 1
START = datetime(2023, 11, 20, tzinfo=UTC)
Score = Callable[..., Manifest]


def titles(count: int) -> list[str]:
    """Headlines that differ."""
    words = ("surges", "crashes", "publishes a report", "faces lawsuit", "wins approval")
    return [f"Bitcoin {words[k % len(words)]} in week {k}" for k in range(count)]


def write_csv(path: Path, rows: list[tuple[str, datetime]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["title,pub_time,source", *(f'"{title}",{moment.isoformat()},outlet' for title, moment in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def archive_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """800 headlines of six months, not in order of time."""
    rows = [(title, START + timedelta(hours=(k * 37) % 4300)) for k, title in enumerate(titles(800))]
    return write_csv(tmp_path_factory.mktemp("input") / "headlines.csv", rows)


@pytest.fixture(scope="session")
def score_here(tfidf_artifact: Path) -> Score:
    """Scores an archive in this process, part by part, without Ray: `score_here(source, out, part_rows, utc)`."""

    def score(source: Path | str, out: Path | str, part_rows: int = PART, *, utc: bool = False) -> Manifest:
        place, target = Place(str(source)), Place(str(out))
        files = tuple(find_inputs(place, utc=utc))
        card = read_card(tfidf_artifact)
        work = open_archive(target, Manifest(card.name, card.version, "onnxruntime", files, utc, part_rows))
        scorer = PartScorer(read_model(tfidf_artifact), work, place, target)
        done = set(find_parts(target))
        for number, file in enumerate(files):
            for part in read_parts(place, file, part_rows):
                if part_name(number, part.number) not in done:
                    scorer.score(number, part)
        parts = [read_part(target, name) for name in find_parts(target)]
        pieces = month_pieces(parts)
        months = {month: write_month(target, month, found, work.version) for month, found in pieces.items()}
        return complete(target, work, parts, months)

    return score


def read_archive(out: Path) -> pa.Table:
    """All rows of an archive, in the order of months."""
    files = sorted(out.glob(f"{MONTH}*/{FILE}"))
    return pa.concat_tables([parquet.ParquetFile(file).read() for file in files])


@pytest.fixture(scope="session")
def undisturbed(archive_csv: Path, score_here: Score, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """The rows of `archive_csv`, scored without any disturbance."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    score_here(archive_csv, out)
    return read_archive(out)


@pytest.fixture
def s3_folder(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The variables of AWS say where the server is; gives an address in it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in (KEYS | {"AWS_ENDPOINT_URL": s3}).items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/archive"
