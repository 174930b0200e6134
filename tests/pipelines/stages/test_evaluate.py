"""Evaluation of a fitted model on a small labelled corpus with a yardstick, and the page that compares makes of it."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.corpus.annotate import LABELLED_COLUMNS
from barometer.corpus.split import Split
from barometer.models.base import model_kind
from barometer.models.calibrate import calibrate
from barometer.models.tfidf import TfidfClassifier
from pipelines import paths
from pipelines.stages import compare, evaluate
from pipelines.tables import read_labelled, read_table, to_examples, write_json, write_table

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
PARTS = {"validation": 60, "test": 80, "yardstick": 60}


def labelled(headlines: list[tuple[str, int]]) -> pd.DataFrame:
    """Dated headlines, of which guides are no news, and nobody was asked about the first ten."""
    table = pd.DataFrame(headlines, columns=["text", "label"])
    table["id"] = np.arange(len(table))
    table["source"], table["corpus"], table["role"] = "test.example", "demo", "train"
    table["date"] = pd.date_range("2026-01-01", periods=len(table)).strftime("%Y-%m-%d")
    table[["p_negative", "p_neutral", "p_positive"]] = np.eye(3)[table["label"]]
    table["news"] = 1.0 - table["text"].str.contains("guide")
    table.loc[:9, "news"] = np.nan
    table["votes"], table["method"] = 1, "expert"
    return table[LABELLED_COLUMNS]


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, headlines: list[tuple[str, int]], tiny_tfidf: TfidfClassifier
) -> Iterator[Path]:
    """A folder with labels, split, a model under both names, and what the stages write from them."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        params = yaml.safe_load((ROOT / "params.yaml").read_text())
        params["corpus"] |= {"yardsticks": ["yardstick"]}
        params["evaluate"]["bootstrap_samples"] = 100
        params["distil"]["teacher"] = str(ROOT / params["distil"]["teacher"])
        Path("params.yaml").write_text(yaml.safe_dump(params))
        write_table(paths.LABELS / "labelled.csv", labelled(headlines))
        write_table(paths.INGEST / "baselines.csv", pd.DataFrame(columns=["id", "baseline", "label"]))
        ends = np.cumsum([0, *PARTS.values()]).tolist()
        validation, test, yardstick = (list(range(a, b)) for a, b in pairwise(ends))
        rest = list(range(ends[-1], len(headlines)))
        split = Split(rest, validation, test, [], [rest], [], {}, {"yardstick": yardstick}, {}, 0)
        write_json(paths.SPLIT, split.to_json())
        for name in ("tfidf", "bert"):
            write_model(name, tiny_tfidf, split)
            patch.setattr(evaluate, "model_kind", lambda _: model_kind("tfidf"))
            evaluate.main(name)
        compare.held_out(compare.load_settings())
        yield folder


def write_model(name: str, model: TfidfClassifier, split: Split) -> None:
    """Save a model as training does; `bert` gets a threshold of news, below which nothing of it lies."""
    folder = paths.MODELS / name
    folder.mkdir(parents=True)
    model.save(folder)
    validation = to_examples(read_labelled(), split.validation)
    calibration = calibrate(*model.predict_both(validation.texts), validation, np.random.default_rng(1))
    extra = {"news_threshold": 0.4} if name == "bert" else {}
    write_json(folder / "calibration.json", calibration | extra)


def read(project: Path, name: str) -> dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]]:
    content: dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]] = json.loads(
        (project / "reports" / "demo" / "evaluate" / name).read_text()
    )
    return content


def test_yardstick_and_test_are_measured(project: Path) -> None:
    found = read(project, "bert/index_error.json")
    assert set(found) == {"test", "yardstick"}
    assert found["yardstick"]["headlines"] == PARTS["yardstick"]
    assert set(found["yardstick"]["by_date"]) == {"50"} and set(found["test"]["at_random"]) == {"50", "100", "200"}
    assert abs(found["test"]["at_random"]["200"]["adjusted"]["bias"]) < 0.1
    png = project / "reports" / "demo" / "evaluate" / "bert" / "index_error.png"
    assert png.read_bytes().startswith(b"\x89PNG")


def test_asked_headlines_judge_news(project: Path) -> None:
    found = read(project, "bert/news.json")
    table = read_labelled_of(project)
    assert set(found) == {"test", "yardstick"}
    guides = table["text"].str.contains("guide")
    assert found["test"]["news"] == int((~guides[60:140]).sum())
    assert found["test"]["drop_rates"]["model"]["positive"]["cases"] == 0
    assert "model" not in read(project, "tfidf/news.json")["test"]["drop_rates"]


def read_labelled_of(project: Path) -> pd.DataFrame:
    return read_table(project / "outputs" / "labels" / "labelled.csv")


def test_predictions_carry_the_probability_of_news(project: Path) -> None:
    table = read_table(project / "outputs" / "predictions" / "bert.csv")
    np.testing.assert_allclose(table["news_probability"], 1)
    np.testing.assert_allclose(table[["negative", "neutral", "positive"]].sum(axis=1), 1, atol=1e-6)


def test_the_page_leads_with_the_yardstick(project: Path) -> None:
    text = (project / "reports" / "demo" / "results.md").read_text()
    assert text.index("## Yardstick (60 headlines)") < text.index("## Test (80 headlines)")
    assert "calibration error %" in text.split("## Test")[0]
    assert "bert counts 60 headlines," in text and "| bert, 70% negative |" in text
    section = text.split("## News or not")[1].split("\n## ")[0]
    assert "| bert | 0.0 [0.0," in section and "| the three rules |" in section and "| tfidf |" not in section
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") > 3 for line in lines)
