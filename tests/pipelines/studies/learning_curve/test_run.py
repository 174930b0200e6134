"""The learning curve's stage: its parameters, which runs it makes, and a whole run on a small corpus."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.corpus.split import Split
from barometer.models.base import Examples
from barometer.models.tfidf import TfidfClassifier
from barometer.settings import SettingsError, validate
from pipelines import paths
from pipelines.studies.learning_curve import run as stage
from pipelines.studies.learning_curve.run import CurveSettings, LearningCurveSettings, nested_order, settings_for_size
from pipelines.studies.report import write_report
from pipelines.studies.study import open_study
from pipelines.tables import write_json, write_table

ROOT = Path(__file__).resolve().parents[4]
CURVE = {"sizes": [10, 20, 40, "all"], "seeds": 2}


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


def reported() -> Path:
    """Run the stage and write its report; its folder."""
    stage.main()
    write_report(stage.NAME, "demo")
    return Path("reports/demo/learning_curve")


def metrics_of(model: str) -> Any:
    return json.loads((reported() / "metrics.json").read_text())[model]


def parameters(**changes: Any) -> dict[str, Any]:
    return {"models": {"tfidf": CURVE}, "validation": 30, "min_steps": 40, "multiples": [2, 4]} | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": {"gpt": CURVE}}, r"unknown model 'gpt'; expected one of tfidf, bert"),
        (
            {"models": {"tfidf": CURVE | {"sizes": [9, 20, 40]}}},
            r"models\.tfidf\.sizes.*9: .*greater than or equal to 10",
        ),
        ({"models": {"tfidf": CURVE | {"sizes": [40, 20, 10]}}}, r"models\.tfidf\.sizes.*ascending"),
        ({"models": {"tfidf": CURVE | {"sizes": ["all", 20, 40]}}}, r"`all` only at the end"),
        ({"models": {"tfidf": CURVE | {"seeds": 1}}}, r"models\.tfidf\.seeds = 1"),
        ({"multiples": [1]}, r"multiples\.0 = 1: .*greater than 1"),
    ],
)
def test_wrong_parameters_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"experiment\.learning_curve: .*{message}"):
        validate(LearningCurveSettings, parameters(**changes), "experiment.learning_curve")


def test_sizes_beyond_training_are_left_out() -> None:
    settings = CurveSettings(sizes=[10, 20, 40, 80, 160, "all"], seeds=2)
    assert settings.usable(80, "x") == ([10, 20, 40], [80, 160])
    with pytest.raises(SettingsError, match=r"x\.sizes = .*only 2 below the 40 headlines"):
        settings.usable(40, "x")


@given(st.lists(st.integers(0, 2), min_size=1, max_size=200), st.integers(0, 2**32 - 1))
def test_every_beginning_is_stratified(labels: list[int], seed: int) -> None:
    known = np.array(labels)
    order = nested_order(known, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(known)))
    counts = np.cumsum(np.eye(3)[known[order]], axis=0)
    expected = np.arange(1, len(known) + 1)[:, None] * np.bincount(known, minlength=3) / len(known)
    assert np.abs(counts - expected).max() <= 2


def test_order_follows_the_seed() -> None:
    labels = np.tile([0, 1, 2], 30)
    first, again, other = (nested_order(labels, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_small_sizes_get_more_epochs() -> None:
    settings = {"epochs": 2, "batch_size": 32, "lr": 1e-4}
    assert settings_for_size(settings, 250, 40)["epochs"] == 5  # 8 steps an epoch
    assert settings_for_size(settings, 2000, 40) == settings
    assert settings_for_size({"C": 3.0}, 250, 40) == {"C": 3.0}


def test_run_writes_its_report(folder: Path) -> None:
    reports = folder / reported()
    metrics = json.loads((reports / "metrics.json").read_text())["tfidf"]
    assert metrics["accuracy_by_size"]["120"] == 1.0  # of the stage train's own model, the perfect one
    assert metrics["accuracy_by_size"]["12"] < metrics["accuracy_by_size"]["96"]
    curve = pd.read_csv(reports / "learning_curve.csv")
    assert curve["size"].tolist() == [12, 24, 48, 96, 120]
    assert (curve["accuracy_low"] <= curve["accuracy"]).all()
    assert set(pd.read_csv(reports / "fitted.csv")) == {"model", "size", "accuracy", "low", "high"}
    assert (reports / "learning_curve.png").read_bytes().startswith(b"\x89PNG")
    page = (reports / "report.md").read_text()
    assert "Left out for tfidf, because the training part has only 120: 500." in page
    assert "Bitcoin" not in page


def test_second_run_gives_same_numbers(folder: Path) -> None:
    stage.main()
    result = folder / paths.STUDIES / stage.NAME / "result.json"
    first = result.read_bytes()
    stage.main()
    assert result.read_bytes() == first


def test_all_is_trained_not_read(folder: Path) -> None:
    change(models={"tfidf": {"sizes": [12, 24, 48, "all"], "seeds": 2}})
    (folder / paths.PREDICTIONS / "tfidf.csv").unlink()
    metrics = metrics_of("tfidf")
    assert metrics["accuracy_by_size"]["120"] > 0.9
    assert metrics["backtest_miss"] is not None


def test_auxiliary_model_is_no_point(folder: Path) -> None:
    change(corpus={"auxiliary": ["other"]})
    study = open_study(stage.NAME, LearningCurveSettings)
    trainer: Any = None  # not asked
    assert stage.full_run(study, "tfidf", trainer, [161]) is None


@pytest.mark.slow
def test_bert_is_trained_on_parts(folder: Path, tiny_backbone: Path) -> None:
    values = yaml.safe_load(Path("params.yaml").read_text())
    values["backbone"] = {"name": "tiny", "source": str(tiny_backbone), "max_length": 32}
    values["model"]["bert"] |= {"lr": 0.01, "freeze_embeddings": False, "patience": 2}
    Path("params.yaml").write_text(yaml.safe_dump(values))
    change(models={"bert": {"sizes": [12, 48, 96, "all"], "seeds": 2}})
    metrics = metrics_of("bert")
    assert metrics["accuracy_by_size"]["12"] < metrics["accuracy_by_size"]["120"]


def test_parts_of_one_seed_are_nested(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = open_study(stage.NAME, LearningCurveSettings)
    table, split = stage.read_labelled(), Split(**stage.read_json(paths.SPLIT))
    trainer = stage.Trainer(study, table, split)
    seen: list[set[str]] = []
    fit = TfidfClassifier.fit

    def remember(model: TfidfClassifier, train: Examples, validation: Examples) -> None:
        seen.append(set(train.texts))
        assert len(validation) == 30
        fit(model, train, validation)

    monkeypatch.setattr(TfidfClassifier, "fit", remember)
    assert trainer.runs("tfidf", [12, 24], 2).shape == (2, 2, len(split.test))
    (small, small_other), (large, large_other) = seen[:2], seen[2:]
    assert [len(small), len(large)] == [12, 24]
    assert small < large
    assert small_other < large_other
    assert small != small_other


def test_too_few_sizes_stop_training(folder: Path) -> None:
    change(models={"tfidf": {"sizes": [12, 24, 500, 1000], "seeds": 2}})
    with pytest.raises(
        SettingsError, match=r"experiment\.learning_curve\.models\.tfidf\.sizes = .*only 2 below the 120"
    ):
        stage.main()
