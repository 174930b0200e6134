"""What `ingest` keeps out of training, and what share of a corpus's texts its report says was found."""

import json
from pathlib import Path

from barometer.settings import CorpusSettings, load_settings
from pipelines.stages.ingest import ingest, texts_found

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


def write(folder: Path, *rows: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "rows.csv").write_text("\n".join(["text,label,sampled", *rows]) + "\n")
    return folder


def test_the_written_yardstick_is_always_read(tmp_path: Path) -> None:
    write(
        tmp_path / "yardstick-written", "Bitcoin soars to a record as funds buy,2,", "Ether falls,0,", "Talks go on,1,"
    )
    mine = write(
        tmp_path / "mine", "bitcoin soars to a record as funds buy,2,", "Bitcoin soars to a record as funds buys,2,",
        "Solana slips as traders wait,0,", "Cardano plans a meeting,1,",
    )  # fmt: skip
    clean, absent = ingest(corpus(mine, yardsticks=[], auxiliary=[]), 0.8, tmp_path)
    roles = clean.votes.groupby("role")["text"].apply(list)
    assert len(roles["yardstick"]) == 3 and absent == []
    assert roles["train"] == ["Solana slips as traders wait", "Cardano plans a meeting"]
    counts = clean.counts["demo"]
    assert (counts["duplicate"] + counts["near"], counts["labelled"]) == (2, 2)


def test_random_samples_are_a_yardstick(tmp_path: Path) -> None:
    write(tmp_path / "yardstick-written", "Bitcoin soars to a record,2,random", "Ether falls,0,", "Talks go on,1,")
    mine = write(
        tmp_path / "mine", "Solana slips as traders wait,0,random", "Solana slips as traders waits,0,uncertain",
        "Cardano plans a meeting,1,uncertain", "Ether falls,0,random", "Tron fees drop by half,2,",
    )  # fmt: skip
    clean, _ = ingest(corpus(mine, yardsticks=[], auxiliary=[]), 0.8, tmp_path)
    found = {name: (set(rows["role"]), list(rows["text"])) for name, rows in clean.votes.groupby("corpus")}
    assert found["random_sample"] == ({"yardstick"}, ["Solana slips as traders wait"])
    assert found["demo"] == ({"train"}, ["Cardano plans a meeting", "Tron fees drop by half"])
    assert len(found["yardstick-written"][1]) == 3
    assert clean.counts["random_sample"]["duplicate"] == 1 and clean.counts["demo"]["near"] == 1
