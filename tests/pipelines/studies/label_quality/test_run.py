"""The label quality stage: groups of labels, and a whole run on a small corpus."""

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.labels import FIELD_NAMES
from pipelines import paths
from pipelines.studies.label_quality import run as stage
from pipelines.studies.label_quality.analysis import groups
from pipelines.studies.report import write_report
from pipelines.tables import write_table

ROOT = Path(__file__).resolve().parents[4]
WRONG = 7  # the position of the one label that is falsified


@pytest.fixture
def folder(in_folder: Path, headlines: list[tuple[str, int]]) -> Path:
    """Labels of experts and annotators of which one is wrong, and two good models' out-of-fold probabilities."""
    rng = np.random.default_rng(0)
    texts, true = [text for text, _ in headlines], np.array([label for _, label in headlines])
    given = true.copy()
    given[WRONG] = (given[WRONG] + 1) % 3
    n = len(texts)
    ids = np.arange(1, n + 1) + 2**60
    table = pd.DataFrame({"id": ids, "text": texts, "source": "s", "date": "", "corpus": "demo", "role": "train"})
    table = table.assign(label=given, votes=np.where(np.arange(n) < n // 2, 1, 3))
    table["method"] = np.where(np.arange(n) < n // 2, "expert", "dawid_skene")
    table[SOFT_COLUMNS] = np.eye(3)[given]
    write_table(paths.LABELS / "labelled.csv", table)
    write_table(paths.LABELS / "conflicts.csv", table.loc[n // 2 :: 3, ["id", "text"]])
    for name in ("bert", "tfidf"):
        probabilities = 0.05 + 0.85 * np.eye(3)[true]
        predicted = pd.DataFrame(probabilities, columns=list(FIELD_NAMES)).assign(id=ids, label=given)
        shuffled = predicted.assign(fold=np.arange(n) % 3).sample(frac=1, random_state=1)
        write_table(paths.OUT_OF_FOLD / f"{name}.csv", shuffled if name == "tfidf" else shuffled[::-1])
    vectors = np.eye(3)[true] + rng.normal(0, 0.2, (n, 3))
    np.savez(paths.EMBEDDINGS, ids=ids, vectors=vectors.astype(np.float32))
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    values["evaluate"]["bootstrap_samples"] = 100
    Path("params.yaml").write_text(yaml.safe_dump(values))
    return in_folder


def reported(corpus: str = "demo") -> Path:
    stage.main()
    write_report(stage.NAME, corpus)
    return Path("reports") / corpus / stage.NAME


def test_the_wrong_label_heads_the_list(folder: Path, headlines: list[tuple[str, int]]) -> None:
    stage.main()
    private = folder / "outputs" / "studies" / "label_quality"
    review = pd.read_csv(private / "review.csv", dtype=str)
    text, true = headlines[WRONG]
    assert review["text"].tolist() == [text]
    assert review.loc[0, "suggested_label"] == ("Negative", "Neutral", "Positive")[true]
    assert review.loc[0, "suspected_by"] == "bert and tfidf"
    assert review.loc[0, "id"] == str(WRONG + 1 + 2**60)
    (task,) = json.loads((private / "review.json").read_text())
    assert task["data"]["id"] == review.loc[0, "id"]
    assert "<Choices" in (private / "label_config.xml").read_text()


def test_numbers_tables_and_plot_written(folder: Path) -> None:
    reports = reported()
    metrics = json.loads((reports / "metrics.json").read_text())
    assert metrics["shared_suspects"] == 1
    assert metrics["rates"]["expert"]["cases"] == 1
    assert metrics["detection"]["auroc"]["low"] > 0.9
    assert pd.read_csv(reports / "rates.csv")["group"].tolist() == [
        "expert",
        "annotators agreed",
        "annotators differed",
        "given as Negative",
        "given as Neutral",
        "given as Positive",
    ]
    assert len(pd.read_csv(reports / "pairs.csv")) == 1
    assert (reports / "label_quality.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("corpus", "quoted"), [("demo", True), ("cryptolin", False)])
def test_only_demo_texts_are_quoted(folder: Path, headlines: list[tuple[str, int]], corpus: str, quoted: bool) -> None:
    values = yaml.safe_load(Path("params.yaml").read_text())
    values["corpus"]["name"] = corpus
    Path("params.yaml").write_text(yaml.safe_dump(values))
    reports = reported(corpus)
    written = "".join(path.read_text() for path in reports.iterdir() if path.suffix != ".png")
    assert any(text in written for text, _ in headlines) == quoted


def test_headlines_are_grouped_without_empty_groups() -> None:
    headlines = pd.DataFrame(
        {"method": ["expert", "majority", "majority", "majority"], "votes": [1, 1, 3, 3], "label": [0, 2, 2, 0]}
    )
    masks = groups(headlines, np.array([True, False, True, False]))
    assert {name: mask.tolist() for name, mask in masks.items()} == {
        "expert": [True, False, False, False],
        "one annotator": [False, True, False, False],
        "annotators agreed": [False, False, False, True],
        "annotators differed": [False, False, True, False],
        "given as Negative": [True, False, False, True],
        "given as Positive": [False, True, True, False],
    }


def test_one_origin_alone_is_no_group() -> None:
    headlines = pd.DataFrame({"method": ["expert"], "votes": [1], "label": [1]})
    assert list(groups(headlines, np.array([True]))) == ["given as Neutral"]


def test_parameters_of_repository_are_valid(in_folder: Path) -> None:
    shutil.copy(ROOT / "params.yaml", "params.yaml")
    study = stage.open_study(stage.NAME, stage.LabelQualitySettings)
    assert study.params.models == ["bert", "tfidf"]


HEADLINES = pd.DataFrame(
    {
        "id": [3, -6570896551958364191, 2, 4],
        "text": ["Bitcoin rises", 'Ether "falls", again', "Tron explained", "Solana holds"],
        "corpus": "demo",
        "date": ["2024-01-01T00:00:00Z", "", "", ""],
    }
)
LABELS, SUGGESTED = np.array([0, 2, 1, 1]), np.array([2, 0, 2, 0])


def review(suspects: list[bool]) -> pd.DataFrame:
    mask, nobody = np.array(suspects), np.zeros(4, dtype=bool)
    quality = np.array([0.3, 0.123456, 0.3, 0.9])
    opinions = {
        "bert": stage.Opinion(mask, quality, np.eye(3) / 3),
        "tfidf": stage.Opinion(mask if mask.any() else nobody, quality, np.eye(3) / 3),
    }
    return stage.review_table(HEADLINES, LABELS, SUGGESTED, opinions)


def test_the_worst_label_comes_first() -> None:
    table = review([True, True, True, False])
    assert table["id"].tolist() == ["-6570896551958364191", "2", "3"]
    assert table.loc[0, ["current_label", "suggested_label", "quality"]].tolist() == ["Positive", "Negative", 0.1235]
    assert list(table) == [
        "id", "text", "current_label", "suggested_label", "quality", "suspected_by", "corpus", "date"
    ]  # fmt: skip
    assert len(review([False] * 4)) == 0


def test_tasks_carry_the_suggestion() -> None:
    task = stage.review_tasks(review([True, True, True, False]))[0]
    assert task["data"]["text"] == 'Ether "falls", again'
    (prediction,) = task["predictions"]
    assert prediction["score"] == pytest.approx(0.8765)
    assert prediction["result"][0]["value"] == {"choices": ["Negative"]}


def test_the_interface_offers_every_choice() -> None:
    root = ET.fromstring(stage.LABEL_CONFIG)
    choices = [choice.get("value") for choice in root.iter("Choice")]
    assert choices == ["Negative", "Neutral", "Positive", "Not news", "Hard"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_label_studio_accepts_the_tasks() -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(stage.LABEL_CONFIG)
    interface.validate()
    for task in stage.review_tasks(review([True, True, True, False])):
        assert interface.validate_task({"data": task["data"]})
        assert interface.validate_prediction(task["predictions"][0])
    unknown = task["predictions"][0] | {
        "result": [task["predictions"][0]["result"][0] | {"value": {"choices": ["Up"]}}]
    }
    assert not interface.validate_prediction(unknown)
