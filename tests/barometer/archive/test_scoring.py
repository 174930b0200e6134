"""Parts and months: every headline once, with the score that `barometer predict` gives; and what is refused."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from barometer.archive import months, scoring
from barometer.archive.manifest import Manifest, read_manifest
from barometer.archive.places import ArchiveError, Place
from barometer.card import read_card
from barometer.headline import headline_id
from barometer.labels import CLASS_NAMES, FIELD_NAMES
from barometer.predictor import Predictor

Score = Callable[..., Manifest]
MOMENT = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


def write_csv(path: Path, titles: list[str]) -> Path:
    rows = [f"{title},{(MOMENT + timedelta(days=20 * k)).isoformat()}" for k, title in enumerate(titles)]
    path.write_text("\n".join(["title,pub_time", *rows]), encoding="utf-8")
    return path


def read_rows(out: Path) -> pa.Table:
    return pa.concat_tables([parquet.ParquetFile(file).read() for file in sorted(out.glob("month=*/*"))])


def test_every_headline_is_there_once(undisturbed: pa.Table, archive_csv: Path, tfidf_artifact: Path) -> None:
    lines = archive_csv.read_text().splitlines()[1:]
    assert sorted(undisturbed.column("row").to_pylist()) == list(range(len(lines)))
    expected = Counter(line.split('"')[1] for line in lines)
    assert Counter(undisturbed.column("title").to_pylist()) == expected
    assert undisturbed.column("title_id").to_pylist() == [headline_id(t) for t in undisturbed["title"].to_pylist()]
    assert set(undisturbed.column("model_version").to_pylist()) == {read_card(tfidf_artifact).version}


def test_scores_are_those_of_predict(undisturbed: pa.Table, tfidf_artifact: Path) -> None:
    expected = Predictor.load(tfidf_artifact).score(undisturbed.column("title").to_pylist())
    found = np.stack([undisturbed.column(name).to_numpy() for name in FIELD_NAMES], axis=1)
    np.testing.assert_allclose(found, expected.probabilities, atol=1e-6)
    assert undisturbed.column("label").to_pylist() == [CLASS_NAMES[k] for k in found.argmax(axis=1)]


def test_months_are_those_of_utc(score_here: Score, tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text("title,pub_time\nA,2024-06-01T01:00+02:00\nB,2024-05-31T23:00-02:00\n")
    done = score_here(path, tmp_path / "out")
    assert done.months == {"2024-05": 1, "2024-06": 1}
    month = pa.Table.from_batches(parquet.ParquetFile(tmp_path / "out/month=2024-05/headlines.parquet").iter_batches())
    assert month.column("title").to_pylist() == ["A"]
    assert not (tmp_path / "out/_parts").exists()


def test_repeated_titles_stay_rows(score_here: Score, tmp_path: Path) -> None:
    score_here(write_csv(tmp_path / "h.csv", ["A", "a", "A"]), tmp_path / "out")
    rows = read_rows(tmp_path / "out")
    assert (rows.column("row").to_pylist(), len(set(rows.column("title_id").to_pylist()))) == ([0, 1, 2], 1)


def test_going_on_scores_what_is_missing(score_here: Score, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = write_csv(tmp_path / "h.csv", ["A", "B", "C"]), tmp_path / "out"
    written: list[str] = []
    write = scoring._write

    def killed(out: Place, name: str, *rest: object) -> scoring.Part:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(name)
        return write(out, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(scoring, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        score_here(path, out, 1)
    assert list(out.glob("month=*")) == []  # nothing half written
    monkeypatch.setattr(scoring, "_write", lambda out, name, *rest: written.append(name) or write(out, name, *rest))
    score_here(path, out, 1)
    assert written == [scoring.part_name(0, k) for k in range(3)]
    assert read_rows(out).column("title").to_pylist() == ["A", "B", "C"]


def test_half_a_file_is_never_seen(tmp_path: Path) -> None:
    place = Place(str(tmp_path)) / "a/b"
    with pytest.raises(RuntimeError), place.written() as stream:
        stream.write(b"half")
        raise RuntimeError
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_lost_headlines_stop_the_end(score_here: Score, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "out/month=2024-05/headlines.parquet"
    path = write_csv(tmp_path / "h.csv", ["A"])
    original = months.month_pieces
    monkeypatch.setattr("barometer.archive.scoring.PARTS", "_parts")

    def lose(parts: object) -> object:
        wrong.parent.mkdir(parents=True)
        parquet.write_table(pa.table({"title": ["A", "B"]}), wrong)
        return original(parts)  # type: ignore[arg-type]

    monkeypatch.setitem(score_here.__globals__, "month_pieces", lose)
    with pytest.raises(ArchiveError, match="has 2 headlines, its parts 1; delete it"):
        score_here(path, tmp_path / "out")
    assert read_manifest(Place(str(tmp_path / "out"))).finished is None  # type: ignore[union-attr]


def test_other_places_are_refused(score_here: Score, tmp_path: Path) -> None:
    path, out = write_csv(tmp_path / "h.csv", ["A"]), tmp_path / "out"
    score_here(path, out)
    with pytest.raises(ArchiveError, match="other options: another --part, --utc or runtime; name another folder"):
        score_here(path, out, 7)
    write_csv(path, ["A", "B"])
    with pytest.raises(ArchiveError, match="other options: another input; name another folder"):
        score_here(path, out)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter.txt").write_text("mine")
    with pytest.raises(ArchiveError, match=r"letter\.txt is there already; OUT must be an empty folder"):
        score_here(path, tmp_path / "full")


def test_s3_holds_the_same_archive(s3_folder: str, score_here: Score, archive_csv: Path, undisturbed: pa.Table) -> None:
    with (Place(s3_folder) / "in/headlines.csv").written() as stream:
        stream.write(archive_csv.read_bytes())
    assert score_here(f"{s3_folder}/in", f"{s3_folder}/out", 500).headlines == 800
    files = [name for name in (Place(s3_folder) / "out").find() if name.endswith(".parquet")]
    found = []
    for name in files:
        with (Place(s3_folder) / "out" / name).open() as stream:
            found.append(parquet.ParquetFile(stream).read())
    exact = ["title_id", "title", "pub_time", "label", "row"]  # larger parts may round a score in another way
    assert pa.concat_tables(found).select(exact).to_pylist() == undisturbed.select(exact).to_pylist()


def test_s3_needs_keys(s3_folder: str, tmp_path: Path) -> None:
    program = "import sys; from barometer.archive.places import Place; Place(sys.argv[1]).find()"
    environment = {"PATH": "/usr/bin", "HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-c", program, s3_folder], env=environment, capture_output=True, text=True, check=False
    )
    assert "ArchiveError: no credentials for s3://: AWS_ACCESS_KEY_ID" in done.stderr
