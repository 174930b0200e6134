"""The augmentation study's stage: a whole run on a small corpus, and what it refuses."""

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
from pipelines.studies.augmentation import run as stage
from pipelines.studies.augmentation.methods.copies import LeakageError
from pipelines.studies.report import write_report
from pipelines.tables import read_json, write_json, write_table

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def folder(in_folder: Path, headlines: list[tuple[str, int]]) -> Path:
    """A working folder with labels, a split, and parameters for a quick run."""
    texts, labels = [text for text, _ in headlines], np.array([label for _, label in headlines])
    ids = list(range(1, len(texts) + 1))
    table = pd.DataFrame(
        {"id": ids, "text": texts, "source": "s", "date": "", "corpus": "demo", "role": "train", "news": np.nan}
    )
    table["label"] = labels
    table[SOFT_COLUMNS] = np.eye(3)[labels]
    write_table(paths.LABELS / "labelled.csv", table)
    write_json(paths.SPLIT, Split(ids[:120], ids[120:160], ids[160:], [], [], [], {}, {}, {}, 0).to_json())
    shutil.copy(ROOT / "params.yaml", "params.yaml")
    change(methods=["repeat", "swap", "coin_swap", "contextual"], train_size=60, seeds=2, checklist_cases=20)
    return in_folder


def change(corpus: str = "demo", **section: Any) -> None:
    values = yaml.safe_load(Path("params.yaml").read_text())
    values["experiment"]["augmentation"] |= section
    values["corpus"]["name"] = corpus
    values["split"]["near_duplicate_similarity"] = 0.97
    Path("params.yaml").write_text(yaml.safe_dump(values))


def run(corpus: str = "demo") -> None:
    stage.main()
    write_report(stage.NAME, corpus)


@pytest.mark.slow
def test_a_run_and_its_report(folder: Path) -> None:
    run()
    reports = folder / "reports" / "demo" / "augmentation"
    metrics = json.loads((reports / "metrics.json").read_text())
    assert set(metrics) == {"none", "repeat", "swap", "coin_swap"}
    assert set(metrics["none"]) == {"accuracy", "macro_f1", "failure_rate"}
    for name in ("repeat", "swap", "coin_swap"):
        difference = metrics[name]["accuracy_difference"]
        assert difference["value"] == pytest.approx(metrics[name]["accuracy"] - metrics["none"]["accuracy"], abs=2e-6)
        assert difference["low"] <= difference["value"] <= difference["high"]
        assert difference["p"] <= difference["p_holm"]
    effects = pd.read_csv(reports / "effects.csv", keep_default_na=False)
    assert len(effects) == 3 * 3 + 3 * 2
    assert set(effects["reference"]) == {"none", "repeat"}
    assert (reports / "effects.png").read_bytes().startswith(b"\x89PNG")
    page = (reports / "report.md").read_text()
    assert "`contextual` was not run: no model configured" in page
    (copies,) = [line for line in page.splitlines() if line.startswith("| `coin_swap` | another coin")]
    assert int(copies.split("|")[4]) > 0  # another coin makes test headlines of training headlines here
    examples = pd.read_csv(folder / "outputs" / "studies" / "augmentation" / "examples.csv")
    assert set(examples["method"]) == {"repeat", "swap", "coin_swap"}
    assert (examples["original"] == examples["altered"]).tolist() == (examples["changed"] == 0).tolist()


@pytest.mark.slow
def test_other_methods_change_no_number(folder: Path) -> None:
    report = folder / "reports" / "demo" / "augmentation" / "metrics.json"
    change(methods=["swap", "coin_swap"])
    run()
    first = json.loads(report.read_text())
    change(methods=["coin_swap", "delete"])
    run()
    second = json.loads(report.read_text())
    for figure in ("accuracy", "macro_f1", "failure_rate"):
        assert {name: second[name][figure] for name in ("none", "coin_swap")} == {
            name: first[name][figure] for name in ("none", "coin_swap")
        }


@pytest.mark.slow
def test_no_real_text_is_reported(folder: Path, headlines: list[tuple[str, int]]) -> None:
    change(corpus="mine", methods=["swap"])
    run("mine")
    written = "".join(path.read_text() for path in (folder / "reports" / "mine").rglob("*.[mcj]*"))
    assert "augmentation" in written
    assert not any(text in written for text, _ in headlines)


def test_a_leaked_test_headline_stops(folder: Path) -> None:
    split = read_json(paths.SPLIT)
    write_json(paths.SPLIT, split | {"train": split["train"][:59] + split["test"][:1]})
    with pytest.raises(LeakageError, match="1 of 60 training texts resemble held-out ones"):
        stage.main()


def test_too_many_headlines_stop_early(folder: Path) -> None:
    change(train_size=121)
    message = r"experiment\.augmentation\.train_size = 121: the training part of corpus 'demo' has 120 headlines"
    with pytest.raises(SettingsError, match=message):
        stage.main()


def test_an_unknown_method_is_named(folder: Path) -> None:
    change(methods=["paraphrase"])
    with pytest.raises(SettingsError, match=r"methods\.0 = 'paraphrase': .*expected one of repeat, synonym, swap"):
        stage.main()


@pytest.mark.slow
def test_bert_learns_from_copies(folder: Path, tiny_backbone: Path) -> None:
    values = yaml.safe_load(Path("params.yaml").read_text())
    values["backbone"] = {"name": "tiny", "source": str(tiny_backbone), "max_length": 32}
    values["model"]["bert"] |= {"lr": 0.01, "freeze_embeddings": False, "patience": 2}
    Path("params.yaml").write_text(yaml.safe_dump(values))
    change(model="bert", methods=["keyboard"])
    run()
    metrics = json.loads((folder / "reports/demo/augmentation/metrics.json").read_text())
    assert metrics["keyboard"]["accuracy"] > 0.4
