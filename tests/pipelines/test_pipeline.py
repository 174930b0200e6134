"""The whole pipeline, run by DVC on a small corpus with a tiny backbone."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pandas as pd
import pytest

from barometer.card import read_card
from barometer.predictor import Predictor

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(make_project: Callable[[], Any]) -> Any:
    """A project in which `dvc repro` has run everything."""
    made = make_project()
    made.run("dvc", "repro")
    made.commit("everything ran")
    return made


def read(project: Any, name: str) -> Any:
    return json.loads((project.folder / name).read_text())


def changed(project: Any) -> set[str]:
    """Names of the stages that `dvc status` would run again."""
    return set(json.loads(project.run("dvc", "status", "--json").stdout))


def test_shipped_models_predict_easy_headlines(project: Any) -> None:
    for name in ("bert", "tfidf"):
        predictor = Predictor.load(project.folder / "outputs" / "artifacts" / name)
        found = predictor.predict_proba(["Bitcoin crashes in week 1", "Bitcoin soars in week 1"])
        assert found.argmax(axis=1).tolist() == [0, 2]


def test_the_card_records_its_origins(project: Any) -> None:
    card = read_card(project.folder / "outputs" / "artifacts" / "bert")
    assert card.metrics["test"]["accuracy"]["low"] <= card.metrics["test"]["accuracy"]["value"]
    assert card.parity["fp32"]["max_difference"] <= 1e-4
    assert {"agreement", "accuracy_loss", "layers_left_out"} <= set(card.parity["int8"][0])
    assert card.data_version.endswith(".dir")
    assert len(card.code_version) == 40


def test_the_first_version_becomes_champion(project: Any) -> None:
    registered = read(project, "outputs/registered.json")
    assert registered["champion"] is True
    assert registered["version"]["number"] == "1"


def test_results_compare_models_and_baselines(project: Any) -> None:
    text = (project.folder / "reports" / "demo" / "results.md").read_text()
    assert "| majority class |" in text
    assert "| tfidf |" in text
    assert "McNemar" in text
    assert "## Temporal test" in text
    assert "McNemar" in (project.folder / "reports" / "demo" / "cross_validation.md").read_text()


def test_each_headline_is_predicted_once(project: Any) -> None:
    labelled = pd.read_csv(project.folder / "outputs" / "labels" / "labelled.csv").query("role == 'train'")
    for name in ("bert", "tfidf"):
        predicted = pd.read_csv(project.folder / "outputs" / "out_of_fold" / f"{name}.csv")
        assert sorted(predicted["id"]) == sorted(labelled["id"])


def test_plots_are_data_and_png(project: Any) -> None:
    for name in ("confusion", "reliability"):
        folder = project.folder / "reports" / "demo" / "evaluate" / "bert"
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert len(pd.read_csv(folder / f"{name}.csv")) > 0
    page = project.run("dvc", "plots", "show", "--out", "plots_page").stdout
    assert "index.html" in page


def test_nothing_is_left_to_do(project: Any) -> None:
    assert changed(project) == set()


def test_berts_rate_touches_bert_alone(project: Any) -> None:
    params = project.folder / "params.yaml"
    before = params.read_text()
    try:
        params.write_text(before.replace("lr: 0.01", "lr: 0.02"))
        assert params.read_text() != before
        stale = changed(project)
    finally:
        params.write_text(before)
    assert {"train@bert", "cross_validate@bert"} <= stale
    assert not stale & {"ingest", "merge_labels", "split", "train@tfidf", "cross_validate@tfidf"}


def test_a_second_training_repeats_itself(project: Any) -> None:
    tfidf = project.folder / "outputs" / "models" / "tfidf" / "tfidf.joblib"
    report = "reports/demo/train/bert.json"
    before = tfidf.read_bytes(), read(project, report)
    project.run("dvc", "repro", "--force", "--single-item", "train@tfidf", "train@bert")
    assert tfidf.read_bytes() == before[0]
    assert read(project, report)["validation"] == pytest.approx(before[1]["validation"], abs=5e-4)


def test_experiments_run_here_and_queued(project: Any) -> None:
    project.run("dvc", "exp", "run", "-S", "model.tfidf.C=0.0001", "evaluate@tfidf")
    changes = project.run("dvc", "metrics", "diff", "--json").stdout
    assert "reports/demo/evaluate/tfidf/metrics.json" in json.loads(changes)
    project.run("git", "checkout", "-q", ".")
    project.run("dvc", "exp", "run", "--queue", "-S", "model.tfidf.C=1,2", "evaluate@tfidf")
    project.run("dvc", "exp", "run", "--run-all")
    shown = pd.read_csv(StringIO(project.run("dvc", "exp", "show", "--csv").stdout))
    assert {0.0001, 1.0, 2.0} <= set(shown["model.tfidf.C"])
