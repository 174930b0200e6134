import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.settings import SettingsError
from pipelines.studies.active_learning.run import main
from pipelines.studies.report import write_report

ROOT = Path(__file__).resolve().parents[4]
FOLDER = Path("reports/demo/active_learning")
RESULT = Path("outputs/studies/active_learning/result.json")
SMALL = {
    "chosen": "margin",
    "initial": 15,
    "labels": 45,
    "seeds": 3,
    "passes": 4,
    "main_query_size": 15,
    "learners": {
        "head": {"query_sizes": [15, 30], "strategies": ["random", "margin", "bald", "badge"]},
        "tfidf": {"query_sizes": [15]},
    },
    "head": {"hidden": 8, "dropout": 0.5, "steps": 10, "lr": 0.01, "weight_decay": 0.1},
}


def write_params(**changes: Any) -> None:
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    values["experiment"]["active_learning"] |= SMALL | changes
    values["evaluate"]["bootstrap_samples"] = 100
    Path("params.yaml").write_text(yaml.safe_dump(values))


@pytest.fixture
def stage_inputs(in_folder: Path, headlines: list[tuple[str, int]]) -> Path:
    """What the stages before left: labelled headlines, their split and their vectors."""
    ids = np.arange(len(headlines)) + 1000
    labels = np.array([label for _, label in headlines])
    shares = np.eye(3)[labels]
    table = pd.DataFrame({"id": ids, "text": [text for text, _ in headlines], "label": labels})
    table = table.assign(p_negative=shares[:, 0], p_neutral=shares[:, 1], p_positive=shares[:, 2], source="", date="")
    Path("outputs/labels").mkdir(parents=True)
    table.to_csv("outputs/labels/labelled.csv", index=False)
    parts: dict[str, Any] = {"train": ids[:140], "validation": ids[140:160], "test": ids[160:]}
    empty: dict[str, Any] = {"temporal_test": [], "folds": [], "auxiliary": [], "auxiliary_test": {}, "evaluation": {}}
    split = {name: part.tolist() for name, part in parts.items()} | empty | {"left_out": {}, "near_duplicates": 0}
    Path("outputs/split.json").write_text(json.dumps(split))
    vectors = np.random.default_rng(0).normal(size=(len(ids), 6)) + 2 * np.eye(6)[labels]
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    np.savez("outputs/embeddings.npz", ids=ids, vectors=vectors)
    return in_folder


@pytest.mark.slow
def test_run_repeats_its_report(stage_inputs: Path) -> None:
    write_params()
    main()
    write_report("active_learning", "demo")
    metrics = json.loads((FOLDER / "metrics.json").read_text())
    assert set(metrics) == {"head", "tfidf"}
    assert set(metrics["head"]) == {"full_pool_accuracy", "query_size_15", "query_size_30"}
    assert set(metrics["tfidf"]["query_size_15"]) == {"random", "least_confidence", "margin", "entropy"}
    assert {"area", "p_holm", "deficiency"} <= set(metrics["head"]["query_size_15"]["bald"])
    curves = pd.read_csv(FOLDER / "learning_curves.csv")
    assert curves["labels"].tolist() == [15, 30, 45]
    assert {"head_random", "head_badge", "tfidf_entropy"} <= set(curves.columns)
    bands = pd.read_csv(FOLDER / "curves.csv")
    assert ((bands["low"] <= bands["accuracy"]) & (bands["accuracy"] <= bands["high"])).all()
    assert len(pd.read_csv(FOLDER / "areas.csv")) == 3 * (4 + 4 + 4)
    for name in ("report.md", "summary.json", "run.json", "learning_curves.png", "differences.png"):
        assert (FOLDER / name).stat().st_size > 0
    before = {path: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in {".csv", ".png"}}
    main()
    write_report("active_learning", "demo")
    assert json.loads((FOLDER / "metrics.json").read_text()) == metrics
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": 141}, r"experiment\.active_learning\.labels = 141: the pool has 140 headlines"),
        ({"pool": 40}, r"experiment\.active_learning\.labels = 45: the pool has 40 headlines"),
        ({"chosen": "bald"}, r"experiment\.active_learning\.chosen = 'bald': expected one"),
        ({"strategies": ["random", "x"]}, r"strategies\.1 = 'x': Input should be 'random', "),
    ],
)
def test_wrong_parameters_stop_the_run(stage_inputs: Path, changes: dict[str, Any], message: str) -> None:
    write_params(**changes)
    with pytest.raises(SettingsError, match=message):
        main()
    assert not RESULT.exists()
