"""The report of `ingest` says what share of a corpus's texts was found."""

import json
from pathlib import Path

from barometer.settings import CorpusSettings, load_settings
from pipelines.stages.ingest import texts_found

ROOT = Path(__file__).resolve().parents[3]


def corpus(path: Path, *, yardsticks: list[str], auxiliary: list[str]) -> CorpusSettings:
    changes = {"path": str(path), "yardsticks": yardsticks, "auxiliary": auxiliary, "evaluation": []}
    return load_settings(ROOT / "params.yaml").corpus.model_copy(update=changes)


def test_coverage_goes_into_the_report(tmp_path: Path) -> None:
    for name in ("news", "yardstick"):
        (tmp_path / name).mkdir()
    (tmp_path / "news" / "coverage.json").write_text(json.dumps({"news": {"wanted": 9, "found": 6}, "yardstick": {}}))
    (tmp_path / "yardstick" / "coverage.json").write_text(json.dumps({"yardstick": {"wanted": 3, "found": 3}}))
    found = texts_found(corpus(tmp_path / "news", yardsticks=["yardstick"], auxiliary=["demo"]), tmp_path)
    assert found == {"texts_found": {"news": {"wanted": 9, "found": 6}, "yardstick": {"wanted": 3, "found": 3}}}


def test_a_whole_corpus_says_nothing(tmp_path: Path) -> None:
    assert texts_found(corpus(tmp_path / "demo", yardsticks=[], auxiliary=[]), tmp_path) == {}
