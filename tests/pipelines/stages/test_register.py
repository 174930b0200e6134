"""The gate holds a challenger against the champion, else the release, on the first yardstick that is at hand."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from barometer.corpus.split import Split
from barometer.settings import Settings, load_settings
from barometer.ship.registry import Registry
from pipelines.stages.register import run_gate, yardstick

ROOT = Path(__file__).resolve().parents[3]
TEXTS = ["Bitcoin crashes in week 1", "Bitcoin explained in week 1", "Bitcoin soars in week 1"]
PARTS: dict[str, Any] = {
    "train": [1, 2, 3], "validation": [], "test": [1, 2, 3], "temporal_test": [], "folds": [], "auxiliary": [],
    "auxiliary_test": {}, "evaluation": {}, "left_out": {}, "near_duplicates": 0,
}  # fmt: skip


def settings(yardsticks: list[str], release: str | None) -> Settings:
    found = load_settings(ROOT / "params.yaml")
    corpus = found.corpus.model_copy(update={"yardsticks": yardsticks})
    register = found.register_.model_copy(update={"release": release})
    return found.model_copy(update={"corpus": corpus, "register_": register})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tfidf_artifact: Path) -> Path:
    """A folder in which a pipeline has run, with tf-idf as the challenger."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tfidf_artifact, tmp_path / "outputs" / "artifacts" / "bert")
    soft = dict(zip(("p_negative", "p_neutral", "p_positive"), np.tile(np.eye(3), (2, 1)).T, strict=True))
    table = pd.DataFrame({"id": range(1, 7), "text": [*TEXTS, *(f"{text}, again" for text in TEXTS)], **soft})
    labelled = table.assign(label=[0, 1, 2] * 2, source="", date="", corpus="c", role="r", news=np.nan)
    (tmp_path / "outputs" / "labels").mkdir()
    labelled.to_csv(tmp_path / "outputs" / "labels" / "labelled.csv", index=False)
    return tmp_path


def write_split(place: Path, **parts: Any) -> Split:
    split = PARTS | parts
    (place / "outputs" / "split.json").write_text(json.dumps(split))
    return Split(**split)


def test_the_first_yardstick_at_hand_judges(place: Path) -> None:
    split = write_split(place, evaluation={"written": [4, 5], "fresh": [6]})
    assert yardstick(settings(["real", "written"], None), split) == ("written", [4, 5])
    assert yardstick(settings(["fresh", "written"], None), split) == ("fresh", [6])


def test_held_out_parts_replace_missing_yardsticks(place: Path) -> None:
    split = write_split(place, temporal_test=[4])
    assert yardstick(settings(["real"], None), split) == ("the held-out parts", [1, 2, 3, 4])


def test_the_release_is_the_first_rival(place: Path, tiny_artifact: Path) -> None:
    write_split(place, evaluation={"written": [4, 5, 6]})
    registry = Registry("name", "experiment", f"sqlite:///{place}/mlflow.db")
    result, rival, where = run_gate(registry, settings(["written"], str(tiny_artifact)))
    assert rival.startswith("the released model (") and where == "written"
    assert result.accuracy_difference.low <= result.accuracy_difference.high
    _, rival, _ = run_gate(registry, settings(["written"], None))
    assert rival.startswith("the majority class")
