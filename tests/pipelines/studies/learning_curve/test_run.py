"""The learning curve's stage: which runs it makes, and a whole run on a small corpus."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.corpus.split import Split
from barometer.settings import SettingsError
from pipelines import paths
from pipelines.studies.learning_curve import run as stage
from pipelines.studies.learning_curve.analysis import LearningCurveSettings
from pipelines.studies.study import open_study
from pipelines.tables import write_json, write_table

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def folder(in_folder: Path, headlines: list[tuple[str, int]]) -> Path:
    """A working folder with labels, a split, predictions of a perfect model, and parameters for a quick run."""
    texts, labels = [text for text, _ in headlines], np.array([label for _, label in headlines])
    ids = list(range(1, len(texts) + 1))
    table = pd.DataFrame(
        {"id": ids, "text": texts, "source": "s", "date": "", "corpus": "demo", "role": "train", "news": np.nan}
    )
    table["label"] = labels
    table[SOFT_COLUMNS] = np.eye(3)[labels]
    write_table(paths.LABELS / "labelled.csv", table)
    train, validation, test = ids[:120], ids[120:160], ids[160:]
    split = Split(train, validation, test, [], [], [], {}, {}, {}, 0)
    write_json(paths.SPLIT, split.to_json())
    perfect = pd.DataFrame(np.eye(3)[labels[160:]], columns=["negative", "neutral", "positive"])
    write_table(paths.PREDICTIONS / "tfidf.csv", perfect.assign(id=test, label=labels[160:], part="test"))
    shutil.copy(ROOT / "params.yaml", "params.yaml")
    sizes = {"tfidf": {"sizes": [12, 24, 48, 96, 500], "seeds": 2}}
    change({"auxiliary": []}, models=sizes, validation=30)
    return in_folder


def change(corpus: dict[str, Any] | None = None, **section: Any) -> None:
    values = yaml.safe_load(Path("params.yaml").read_text())
    values["experiment"]["learning_curve"] |= section
    values["corpus"] |= corpus or {}
    values["evaluate"]["bootstrap_samples"] = 100
    Path("params.yaml").write_text(yaml.safe_dump(values))


def test_a_whole_run_writes_numbers_curves_plot_and_page(folder: Path) -> None:
    stage.main()
    reports = folder / "reports" / "demo" / "learning_curve"
    metrics = json.loads((reports / "metrics.json").read_text())["tfidf"]
    assert metrics["accuracy_by_size"]["120"] == 1.0  # of the stage train's own model, the perfect one
    assert metrics["accuracy_by_size"]["12"] < metrics["accuracy_by_size"]["96"]
    curve = pd.read_csv(reports / "learning_curve.csv")
    assert curve["size"].tolist() == [12, 24, 48, 96, 120]
    assert (curve["accuracy_low"] <= curve["accuracy"]).all()
    assert set(pd.read_csv(reports / "fitted.csv")) == {"model", "size", "accuracy", "low", "high"}
    assert (reports / "learning_curve.png").read_bytes().startswith(b"\x89PNG")
    page = (reports / "report.md").read_text()
    assert "Left out for tfidf, because the training part has no more than 120: 500." in page
    assert "Bitcoin" not in page


def test_a_second_run_gives_the_same_numbers(folder: Path) -> None:
    report = folder / "reports" / "demo" / "learning_curve" / "metrics.json"
    stage.main()
    first = report.read_bytes()
    stage.main()
    assert report.read_bytes() == first


def test_all_is_trained_here_and_not_read(folder: Path) -> None:
    change(models={"tfidf": {"sizes": [12, 24, 48, "all"], "seeds": 2}})
    (folder / paths.PREDICTIONS / "tfidf.csv").unlink()
    stage.main()
    metrics = json.loads((folder / "reports/demo/learning_curve/metrics.json").read_text())["tfidf"]
    assert metrics["accuracy_by_size"]["120"] > 0.9
    assert metrics["backtest_miss"] is not None


def test_a_model_that_learnt_from_other_corpora_is_no_point_of_the_curve(folder: Path) -> None:
    change(corpus={"auxiliary": ["other"]})
    study = open_study(stage.NAME, LearningCurveSettings)
    trainer: Any = None  # not asked
    assert stage.full_run(study, "tfidf", trainer, [161]) is None


@pytest.mark.slow
def test_bert_is_trained_on_parts_too(folder: Path, tiny_backbone: Path) -> None:
    values = yaml.safe_load(Path("params.yaml").read_text())
    values["backbone"] = {"name": "tiny", "source": str(tiny_backbone), "max_length": 32}
    values["model"]["bert"] |= {"lr": 0.01, "freeze_embeddings": False, "patience": 2}
    Path("params.yaml").write_text(yaml.safe_dump(values))
    change(models={"bert": {"sizes": [12, 48, 96, "all"], "seeds": 2}})
    stage.main()
    metrics = json.loads((folder / "reports/demo/learning_curve/metrics.json").read_text())["bert"]
    assert metrics["accuracy_by_size"]["12"] < metrics["accuracy_by_size"]["120"]


def test_parts_of_one_seed_are_nested(folder: Path) -> None:
    study = open_study(stage.NAME, LearningCurveSettings)
    table, split = stage.read_labelled(), Split(**stage.read_json(paths.SPLIT))
    seen: list[set[str]] = []
    trainer = stage.Trainer(study, table, split)

    def remember(model: object, train: Any, validation: Any, texts: list[str]) -> np.ndarray:
        seen.append(set(train.texts))
        assert len(validation) == 30
        return np.zeros(len(texts), dtype=np.int64)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "fit_and_predict", remember)
        assert trainer.runs("tfidf", [12, 24], 2).shape == (2, 2, len(split.test))
    (small, small_other), (large, large_other) = seen[:2], seen[2:]
    assert small < large
    assert small_other < large_other
    assert small != small_other


def test_too_few_sizes_stop_before_anything_is_trained(folder: Path) -> None:
    change(models={"tfidf": {"sizes": [12, 24, 500, 1000], "seeds": 2}})
    with pytest.raises(
        SettingsError, match=r"experiment\.learning_curve\.models\.tfidf\.sizes = .*only 2 below the 120"
    ):
        stage.main()
