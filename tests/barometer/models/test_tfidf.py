import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from barometer.models import tfidf
from barometer.models.base import Examples
from barometer.settings import BackboneSettings

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
FIT_AND_SAVE = """
import json, sys
from pathlib import Path
import numpy as np
from barometer.models.base import Examples
from barometer.models.tfidf import TfidfClassifier, TfidfSettings

settings, texts, labels = json.load(sys.stdin)
model = TfidfClassifier(TfidfSettings(**settings), seed=1)
examples = Examples(texts, np.eye(3)[labels], np.ones(len(texts)))
model.fit(examples, examples)
model.save(Path(sys.argv[1]))
"""


@pytest.fixture
def settings(quick: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return quick["tfidf"]


def fitted(
    settings: dict[str, Any], backbone: BackboneSettings, train: Examples, auxiliary: Examples | None = None
) -> tfidf.TfidfClassifier:
    model = tfidf.build(settings, backbone, seed=1)
    model.fit(train, train, auxiliary)
    return model


@pytest.mark.slow
def test_two_processes_save_the_same_bytes(settings: dict[str, Any], few: Examples, tmp_path: Path) -> None:
    task = [settings, few.texts, few.labels.tolist()]
    assert saved(task, tmp_path, PYTHONHASHSEED="1") == saved(task, tmp_path, PYTHONHASHSEED="2")


@pytest.mark.slow
def test_thread_counts_save_the_same_bytes(settings: dict[str, Any], tmp_path: Path) -> None:
    with (DEMO / "expert.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))  # all of them: few n-grams are summed on one thread anyway
    settings = settings | {"char_ngrams": (2, 5), "min_count": 2}
    task = [settings, [row["text"] for row in rows], [int(row["label"]) for row in rows]]
    assert saved(task, tmp_path, OMP_NUM_THREADS="1") == saved(task, tmp_path, OMP_NUM_THREADS="2")


def saved(task: list[Any], folder: Path, **variables: str) -> bytes:
    """What another process saves that fits settings to texts and labels."""
    command = [sys.executable, "-c", FIT_AND_SAVE, str(folder)]
    subprocess.run(command, input=json.dumps(task), env=os.environ | variables, text=True, check=True)
    return (folder / tfidf.FILE).read_bytes()


def test_soft_labels_move_probabilities(settings: dict[str, Any], backbone: BackboneSettings) -> None:
    texts = ["Bitcoin soars", "Bitcoin falls", "Bitcoin waits"] * 10
    soft = np.array([[0.0, 0.4, 0.6], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] * 10)
    doubtful = fitted(settings, backbone, Examples(texts, soft, np.ones(30))).predict_proba(["Bitcoin soars"])[0]
    certain = fitted(settings, backbone, Examples(texts, np.eye(3)[[2, 0, 1] * 10], np.ones(30)))
    assert doubtful[2] < certain.predict_proba(["Bitcoin soars"])[0, 2] - 0.2
    assert doubtful[2] == pytest.approx(0.6, abs=0.1)


def test_heavier_examples_count_more(settings: dict[str, Any], backbone: BackboneSettings) -> None:
    texts, targets = ["Bitcoin moves"] * 3, np.eye(3)
    model = fitted(settings, backbone, Examples(texts, targets, np.array([1.0, 1.0, 8.0])))
    np.testing.assert_allclose(model.predict_proba(texts[:1]), [[0.1, 0.1, 0.8]], atol=0.01)


def test_auxiliary_weight_zero_changes_nothing(
    settings: dict[str, Any], backbone: BackboneSettings, few: Examples, examples: Examples
) -> None:
    without = fitted(settings, backbone, few).predict_proba(examples.texts)
    ignored = fitted({**settings, "auxiliary_weight": 0.0}, backbone, few, examples).predict_proba(examples.texts)
    used = fitted(settings, backbone, few, examples).predict_proba(examples.texts)
    assert (ignored == without).all()
    assert np.abs(used - without).max() > 0.01


def test_case_does_not_matter(settings: dict[str, Any], backbone: BackboneSettings, few: Examples) -> None:
    lower, upper = fitted(settings, backbone, few).predict_proba(["bitcoin surges", "BITCOIN SURGES"])
    assert (lower == upper).all()
