"""The label quality stage: groups of labels, and a whole run on a small corpus."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.labels import FIELD_NAMES
from pipelines import paths
from pipelines.studies.label_quality import run as stage
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


def test_numbers_tables_and_plot_are_written(folder: Path) -> None:
    stage.main()
    reports = folder / "reports" / "demo" / "label_quality"
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
def test_texts_are_quoted_on_the_demo_corpus_only(
    folder: Path, headlines: list[tuple[str, int]], corpus: str, quoted: bool
) -> None:
    values = yaml.safe_load(Path("params.yaml").read_text())
    values["corpus"]["name"] = corpus
    Path("params.yaml").write_text(yaml.safe_dump(values))
    stage.main()
    reports = folder / "reports" / corpus / "label_quality"
    written = "".join(path.read_text() for path in reports.iterdir() if path.suffix != ".png")
    assert any(text in written for text, _ in headlines) == quoted


def test_headlines_are_grouped_by_origin_and_by_class_without_empty_groups() -> None:
    headlines = pd.DataFrame(
        {"method": ["expert", "majority", "majority", "majority"], "votes": [1, 1, 3, 3], "label": [0, 2, 2, 0]}
    )
    masks = stage.groups(headlines, np.array([True, False, True, False]))
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
    assert list(stage.groups(headlines, np.array([True]))) == ["given as Neutral"]


def test_parameters_of_the_repository_are_valid(in_folder: Path) -> None:
    shutil.copy(ROOT / "params.yaml", "params.yaml")
    study = stage.open_study(stage.NAME, stage.LabelQualitySettings)
    assert study.params.models == ["bert", "tfidf"]
