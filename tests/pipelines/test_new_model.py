"""A new model is a module, its parameters, a line in the builder table and one in dvc.yaml: nothing else is touched."""

import shutil
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.card import read_card
from barometer.models.base import BUILDERS, ModelKind, model_kind
from barometer.predictor import Predictor
from barometer.settings import SettingsError
from pipelines import paths
from pipelines.stages import evaluate, export, train
from pipelines.tables import read_json, read_table, write_json, write_table

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"train": 120, "validation": 60, "test": 40}
# Class shares, whatever the words; exported as tf-idf without a word.
MODULE = '''
"""The class shares of the training part, sharpened."""

import json

import numpy as np

from barometer.card import MODEL, VOCABULARY
from barometer.models.tfidf_graph import write_tfidf_graph
from barometer.ngrams import Terms
from barometer.settings import Section, validate


class SharesSettings(Section):
    sharpness: float


class Shares:
    def __init__(self, settings):
        self.settings = settings

    def fit(self, train, validation, auxiliary=None):
        shares = train.targets.mean(axis=0) ** self.settings.sharpness
        self.shares = shares / shares.sum()

    def predict_proba(self, texts):
        return np.tile(self.shares, (len(texts), 1))

    def predict_both(self, texts):
        return self.predict_proba(texts), np.ones(len(texts))

    def save(self, folder):
        folder.mkdir(parents=True)
        (folder / "shares.json").write_text(json.dumps([self.settings.sharpness, *self.shares]))

    def export(self, temperatures, folder):
        folder.mkdir(parents=True)
        Terms(["bitcoin"], [], "[a-z]+", (1, 1), (2, 2)).write(folder / VOCABULARY)
        logits = np.log(self.shares)
        write_tfidf_graph(folder / MODEL, np.ones(1), np.zeros((3, 1)), logits, 1, temperatures[0])
        return {name: folder / name for name in (MODEL, VOCABULARY)}


def build(settings, backbone, seed):
    return Shares(validate(SharesSettings, settings, "model.shares"))


def load(folder):
    sharpness, *shares = json.loads((folder / "shares.json").read_text())
    model = Shares(SharesSettings(sharpness=sharpness))
    model.shares = np.array(shares)
    return model
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, headlines: list[tuple[str, int]]) -> Iterator[Path]:
    """A folder with labels, a split and the parameters of the new model, whose module is on the path."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "shares_of_classes.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.setitem(BUILDERS, "shares", ModelKind("shares_of_classes", "class shares of the training part"))
    monkeypatch.chdir(tmp_path)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["model"]["shares"] = {"sharpness": 1.0}
    params["evaluate"]["bootstrap_samples"] = 100
    Path("params.yaml").write_text(yaml.safe_dump(params))
    shutil.copy(ROOT / "data.dvc", "data.dvc")
    write_table(paths.LABELS / "labelled.csv", labelled(headlines[: sum(PARTS.values())]))
    ends = np.cumsum([0, *PARTS.values()]).tolist()
    parts = {name: list(range(start, end)) for name, (start, end) in zip(PARTS, pairwise(ends), strict=True)}
    empty = {"temporal_test": [], "folds": [], "auxiliary": [], "auxiliary_test": {}, "evaluation": {}}
    write_json(paths.SPLIT, {**parts, **empty, "left_out": {}, "near_duplicates": 0})
    corpus = {"path": "data/demo", "md5": "1.dir"}
    write_json(paths.VERSIONS, {"data": "2.dir", "corpus": corpus, "apart": False})
    yield tmp_path
    sys.modules.pop("shares_of_classes", None)


def labelled(headlines: list[tuple[str, int]]) -> pd.DataFrame:
    table = pd.DataFrame(headlines, columns=["text", "label"])
    table.insert(0, "id", range(len(table)))
    soft = dict(zip(("p_negative", "p_neutral", "p_positive"), np.eye(3)[table["label"]].T, strict=True))
    return table.assign(source="", date="", corpus="demo", role="train", **soft, news=np.nan)


def test_a_new_model_trains_and_loads(project: Path) -> None:
    train.main("shares")
    assert read_json(paths.reports("demo") / "train" / "shares.json")["validation"]["accuracy"] > 0.3
    found = model_kind("shares").load(paths.MODELS / "shares").predict_proba(["a", "b"])
    expected = read_table(paths.LABELS / "labelled.csv")["label"][: PARTS["train"]].value_counts(normalize=True)
    np.testing.assert_allclose(found, np.tile(expected.sort_index().to_numpy(), (2, 1)))


@pytest.mark.slow
def test_a_new_model_ships(project: Path) -> None:
    train.main("shares")
    evaluate.main("shares")
    export.main("shares")
    artifact = paths.ARTIFACTS / "shares"
    card, predictor = read_card(artifact), Predictor.load(artifact)
    assert (card.name, card.input, card.precision) == ("shares", "text", "fp32")
    assert card.parity["fp32"]["max_difference"] < 1e-6
    np.testing.assert_allclose(predictor.predict_proba(["Bitcoin rises"]).sum(axis=1), 1, atol=1e-6)


def test_a_new_model_names_wrong_settings(project: Path) -> None:
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["model"]["shares"] = {"sharpness": "high"}
    Path("params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(SettingsError, match=r"model\.shares: sharpness = 'high'"):
        train.main("shares")
