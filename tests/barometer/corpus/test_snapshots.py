"""A corpus has the version that DVC gives it, and a copy under that name."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from barometer.corpus.snapshots import content_md5, keep_snapshot

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a-b").mkdir()
    for name in ("a/b/c.csv", "a-b/c.csv", "z.csv"):
        (tmp_path / name).write_text(f"text\n{name}\n")
    return tmp_path


@pytest.mark.slow
def test_digests_are_those_of_dvc(corpus: Path) -> None:
    def dvc(*words: str) -> None:
        subprocess.run([sys.executable, "-m", "dvc", *words], cwd=corpus, check=True, capture_output=True)

    dvc("init", "--no-scm")
    for name in ("a", "z.csv"):
        dvc("add", name)
        assert content_md5(corpus / name) == yaml.safe_load((corpus / f"{name}.dvc").read_text())["outs"][0]["md5"]


def test_digests_follow_names_and_content(corpus: Path) -> None:
    before = content_md5(corpus)
    assert before.endswith(".dir") and content_md5(corpus / "z.csv") == "014dd3a431218fd67bd5df8361ce6a69"
    (corpus / "__pycache__").mkdir()
    (corpus / "__pycache__" / "x").touch()
    assert content_md5(corpus) == before
    (corpus / "z.csv").rename(corpus / "y.csv")
    assert content_md5(corpus) != before


def test_the_repositorys_data_has_its_version() -> None:
    if not (ROOT / "data").is_dir():
        pytest.fail("data is missing; make pull fetches it")
    if any((ROOT / "data" / name).exists() for name in ("news", "cryptolin", "sentfin", "fresh", "unlabelled")):
        pytest.skip("fetched corpora make a data version of their own")
    recorded = yaml.safe_load((ROOT / "data.dvc").read_text())["outs"][0]["md5"]
    assert content_md5(ROOT / "data") == recorded


def test_the_same_content_is_one_file(tmp_path: Path) -> None:
    first = keep_snapshot(b"text,label\na,0\n", tmp_path / "kept")
    assert first == keep_snapshot(b"text,label\na,0\n", tmp_path / "kept")
    assert first.name == f"{content_md5(first)}.csv"
    keep_snapshot(b"text,label\nb,0\n", tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 2
