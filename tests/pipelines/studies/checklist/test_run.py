"""The study on a small corpus with two tiny models."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.predictor import Predictor
from pipelines import paths
from pipelines.studies.checklist import run as stage
from pipelines.studies.report import write_report
from pipelines.tables import read_table, write_json, write_table

ROOT = Path(__file__).resolve().parents[4]
PARTS = ("train", "validation", "test", "temporal_test", "folds", "auxiliary")


@pytest.fixture
def folder(in_folder: Path, headlines: list[tuple[str, int]], tiny_artifact: Path, tfidf_artifact: Path) -> Path:
    """Labels, a split and the artifacts of both models."""
    labels = np.array([label for _, label in headlines])
    table = pd.DataFrame({"id": range(len(headlines)), "text": [text for text, _ in headlines], "label": labels})
    table = table.assign(source="s", date="", corpus="demo", role="train", news=np.nan)
    table[SOFT_COLUMNS] = np.eye(3)[labels]
    write_table(paths.LABELS / "labelled.csv", table)
    parts: dict[str, object] = {key: [] for key in PARTS} | {"test": [0, 1, 2, 3], "temporal_test": [4, 5, 6, 7]}
    rest = {"auxiliary_test": {}, "evaluation": {}, "left_out": {}, "near_duplicates": 0}
    write_json(paths.SPLIT, parts | rest)
    shutil.copytree(tiny_artifact, paths.ARTIFACTS / "bert")
    shutil.copytree(tfidf_artifact, paths.ARTIFACTS / "tfidf")
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    values["experiment"]["checklist"] |= {"cases": 20, "bootstrap_samples": 100}
    Path("params.yaml").write_text(yaml.safe_dump(values))
    return in_folder


@pytest.mark.slow
def test_both_models_get_the_same_cases(folder: Path, headlines: list[tuple[str, int]]) -> None:
    stage.main()
    write_report(stage.NAME, "demo")
    private, reports = paths.STUDIES / "checklist", Path("reports/demo/checklist")
    tables = [read_table(private / name / "cases.csv") for name in ("tfidf", "bert")]
    told = ["test", "capability", "kind", "expected", "source", "original", "text"]
    assert tables[0][told].equals(tables[1][told]) and len(tables[0]) == 44 * 20
    failed = read_table(private / "bert" / "failures.csv")
    assert len(failed) == tables[1]["failed"].sum() > 0
    assert "Test cases:      20" in (private / "bert" / "summary.txt").read_text()
    stored = [json.loads(line) for line in (private / "cases.jsonl").read_text().splitlines()]
    assert [row["text"] for row in stored] == tables[0]["text"].tolist()
    rates = pd.read_csv(reports / "failure_rates.csv")
    assert rates["bert"].sum() == len(failed)
    metrics = json.loads((reports / "tfidf" / "metrics.json").read_text())
    assert metrics["model_version"] == Predictor.load(paths.ARTIFACTS / "tfidf", threads=1).version
    assert pd.read_csv(reports / "tfidf" / "failure_rates.csv")["failures"].tolist() == rates["tfidf"].tolist()
    assert set(tables[0].loc[tables[0]["source"] == "headline", "original"]) <= {text for text, _ in headlines[:8]}


def test_predicting_keeps_the_order(tfidf_artifact: Path) -> None:
    predictor = Predictor.load(tfidf_artifact, threads=1)
    texts = [f"Bitcoin drops {i}%" for i in range(300)]
    np.testing.assert_allclose(stage.predict_in_batches(predictor, texts), predictor.predict_proba(texts), atol=1e-6)
