"""The stage `register`: real models before the real gate, on the yardstick that comes with the repository."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from barometer.card import read_card, write_artifact
from barometer.corpus.clean import RANDOM_SAMPLE, WRITTEN
from barometer.corpus.split import Split
from barometer.models.base import Examples
from barometer.models.tfidf import TfidfClassifier, build
from barometer.settings import BackboneSettings, Settings, load_settings
from barometer.ship.reachable import RegistryError
from barometer.ship.registry import ARTIFACT_PATH, Registry
from barometer.ship.verdict import Verdict
from pipelines.stages.register import judged_ids, register, run_gate

ROOT = Path(__file__).resolve().parents[3]
PARTS: dict[str, Any] = {
    "train": [], "validation": [], "test": [], "temporal_test": [], "folds": [], "auxiliary": [],
    "auxiliary_test": {}, "evaluation": {}, "left_out": {}, "near_duplicates": 0,
}  # fmt: skip


def settings(*, may_fail: float = 0.99, release: str | None = None, **changes: Any) -> Settings:
    found = load_settings(ROOT / "params.yaml")
    checklist = found.experiment["checklist"] | {"minimum_functionality": may_fail}
    update = {"release": release, "model": "tfidf"} | changes
    return found.model_copy(
        update={
            "experiment": found.experiment | {"checklist": checklist},
            "register_": found.register_.model_copy(update=update),
            "model": {"tfidf": found.model["tfidf"]},
        }
    )


@dataclass
class Corpus:
    """The headlines of the written yardstick (with its middle vote) and of the demo corpus."""

    yardstick: pd.DataFrame
    demo: pd.DataFrame


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    votes = pd.read_csv(ROOT / "data" / WRITTEN / "yardstick.csv")
    middle = votes.groupby("text", sort=False)["label"].agg(lambda v: sorted(v)[len(v) // 2])
    demo = pd.read_csv(ROOT / "data" / "demo" / "expert.csv").drop_duplicates("text")
    return Corpus(middle.reset_index(), demo.sample(frac=1, random_state=1).reset_index(drop=True))


@pytest.fixture(scope="session")
def trained(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path]:
    """Trains tf-idf on the first headlines of the demo corpus, and spoils it in a named way; gives its artifact."""
    made: dict[tuple[str, int], Path] = {}

    def train(kind: str, headlines: int) -> Path:
        if (kind, headlines) not in made:
            made[kind, headlines] = write(kind, headlines, tmp_path_factory.mktemp(kind))
        return made[kind, headlines]

    def write(kind: str, headlines: int, folder: Path) -> Path:
        files = fitted(corpus, kind, headlines).export((1.0, 1.0), folder / "graph")
        facts = {"calibration": {"method": "temperature", "temperature": 1.0}, "metrics": {}, "parity": {}}
        origins = {"data_version": "d", "code_version": "c", "precision": "fp32", "max_length": None}
        write_artifact(folder / "model", files, name="tfidf", model_input="text", **facts, **origins)
        return folder / "model"

    return train


def fitted(corpus: Corpus, kind: str, headlines: int) -> TfidfClassifier:
    rng, rows = np.random.default_rng(5), corpus.demo[:headlines]
    labels = rows["label"].to_numpy()
    labels = rng.permutation(labels) if kind == "shuffled" else labels
    options = {"word_ngrams": [1, 2], "char_ngrams": [2, 3], "min_count": 2, "C": 3.0, "auxiliary_weight": 0.0}
    model = build(options, BackboneSettings(name="none", source="none", max_length=32), 0)
    examples = Examples(rows["text"].tolist(), np.eye(3)[labels], np.ones(len(rows)))
    model.fit(examples, examples)
    regression = model.pipeline["regression"]
    if kind == "random":
        regression.coef_ = rng.normal(0, 5, regression.coef_.shape)
    if kind == "constant":
        regression.coef_, regression.intercept_ = np.zeros_like(regression.coef_), np.array([0.0, 0.0, 3.0])
    return model


@dataclass
class Place:
    """A folder in which a pipeline has run up to the gate, and its registry."""

    folder: Path
    registry: Registry

    def challenge(self, artifact: Path, **parts: Any) -> None:
        """Let an artifact be what was trained, and change the parts of the split."""
        shutil.rmtree(self.folder / "outputs" / "artifacts" / "tfidf", ignore_errors=True)
        shutil.copytree(artifact, self.folder / "outputs" / "artifacts" / "tfidf")
        path = self.folder / "outputs" / "split.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | parts))

    def crown(self, artifact: Path, learnt_from: list[int] | None = None) -> None:
        """Make an artifact champion, whatever it is worth."""
        run = self.registry.log_run("run", {}, {}, {ARTIFACT_PATH: artifact}, {})
        if learnt_from is not None:
            self.registry.note_learnt_from(run, learnt_from)
        self.registry.promote(self.registry.register(run, read_card(artifact).version))

    def judge(self, **changes: Any) -> Verdict:
        return run_gate(self.registry, settings(**changes), self.registry.champion())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: Corpus, empty_registry: Path) -> Place:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copyfile(empty_registry, tmp_path / "mlflow.db")
    rows = pd.concat([corpus.yardstick, corpus.demo[-300:]], ignore_index=True)[["text", "label"]]
    soft = dict(zip(("p_negative", "p_neutral", "p_positive"), np.eye(3)[rows["label"]].T, strict=True))
    rows = rows.assign(id=range(len(rows)), source="", date="", corpus="c", role="r", news=np.nan, **soft)
    for name in ("labels", "artifacts"):
        (tmp_path / "outputs" / name).mkdir(parents=True)
    rows.to_csv(tmp_path / "outputs" / "labels" / "labelled.csv", index=False)
    ids = list(range(len(corpus.yardstick)))
    split = PARTS | {"evaluation": {WRITTEN: ids}, "train": [7_000, 7_001], "auxiliary": [7_002]}
    (tmp_path / "outputs" / "split.json").write_text(json.dumps(split))
    reports = tmp_path / "reports" / "demo" / "evaluate" / "tfidf"
    reports.mkdir(parents=True)
    (reports / "metrics.json").write_text('{"test": {"accuracy": 0.5}}')
    return Place(tmp_path, Registry("crypto-news-barometer", "barometer"))


UNFIT = [("random", 2000), ("constant", 2000), ("shuffled", 2000), ("good", 50)]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "headlines"), UNFIT)
def test_unfit_models_are_refused(place: Place, trained: Callable[[str, int], Path], kind: str, headlines: int) -> None:
    place.challenge(trained(kind, headlines))
    alone = place.judge()
    assert not alone.passed and "not above the majority class (46.0%)" in alone.reason
    assert alone.sets[0].headlines == 600
    place.crown(trained("good", 2000))
    beside = place.judge()
    assert not beside.passed and "accuracy -0." in beside.reason and "log loss +" in beside.reason
    assert not place.judge(may_fail=0.15).functional


@pytest.mark.slow
def test_more_labels_make_the_champion(place: Place, trained: Callable[[str, int], Path]) -> None:
    place.crown(trained("good", 200))
    place.challenge(trained("good", 4000))
    assert place.judge().passed
    assert not place.judge(may_fail=0.15).passed  # tf-idf reads too little, whatever it beats


@pytest.mark.slow
def test_the_release_passes_against_itself(place: Place) -> None:
    release = ROOT / "models" / "fast"
    if not release.is_dir():
        pytest.fail("models/fast is missing; make pull fetches it")
    place.challenge(release)
    place.crown(release)
    assert place.judge(may_fail=0.15).passed


@pytest.mark.slow
def test_the_release_is_the_first_champion(place: Place, trained: Callable[[str, int], Path]) -> None:
    release = trained("good", 2000)
    place.challenge(trained("good", 200))
    register(settings(release=str(release)))
    champion = place.registry.champion()
    assert champion is not None and (champion.number, champion.model_version) == ("1", read_card(release).version)
    refused = place.registry.find("2")
    assert refused.aliases == ("challenger",) and refused.tags["gate"] == "refused"
    assert refused.tags["gate.reason"].startswith(f"against champion 1 ({champion.model_version}) on {WRITTEN}: ")
    assert float(refused.tags[f"gate.{WRITTEN}.accuracy.difference"]) < -0.05
    registered = json.loads((place.folder / "outputs" / "registered.json").read_text())
    assert (registered["champion"], registered["version"]["number"]) == (False, "2")
    page = (place.folder / "reports" / "registry.md").read_text()
    assert f"| 2 | `{refused.model_version}` | demo |" in page and "| refused | against champion 1" in page
    assert f"| 2 | champion 1 ({champion.model_version}) | {WRITTEN} | 600 |" in page
    assert f"| 1 | `{champion.model_version}` | release |" in page


@pytest.mark.slow
def test_a_good_challenger_takes_over(place: Place, trained: Callable[[str, int], Path]) -> None:
    place.crown(trained("good", 200))
    place.challenge(trained("good", 4000))
    register(settings())
    champion = place.registry.champion()
    assert champion is not None and champion.number == "2" and champion.tags["gate"] == "passed"
    assert champion.tags["champion.reason"].startswith("passed the gate against champion 1")
    assert place.registry.learnt_from(champion) == {7_000, 7_001, 7_002}


def split(**parts: Any) -> Split:
    return Split(**PARTS | {"evaluation": {WRITTEN: [1, 2]}} | parts)


def test_every_yardstick_at_hand_judges() -> None:
    found = judged_ids(split(evaluation={WRITTEN: [1], "yardstick": [2], "sentfin": [3]}), settings(), frozenset())
    assert found == {"yardstick": [2], WRITTEN: [1]}


def test_small_samples_judge_no_one() -> None:
    parts = split(evaluation={WRITTEN: [1], RANDOM_SAMPLE: list(range(10, 60))}, test=[5, 6], temporal_test=[7])
    assert set(judged_ids(parts, settings(min_headlines=50), frozenset())) == {WRITTEN, RANDOM_SAMPLE}
    assert set(judged_ids(parts, settings(min_headlines=3), frozenset())) == {WRITTEN, RANDOM_SAMPLE, "held-out demo"}
    assert set(judged_ids(parts, settings(min_headlines=51), frozenset())) == {WRITTEN}


def test_what_champions_learnt_judges_nobody() -> None:
    parts = split(test=[5, 6, 7], temporal_test=[8])
    assert judged_ids(parts, settings(min_headlines=1), frozenset({6, 8, 1}))["held-out demo"] == [5, 7]
    assert judged_ids(parts, settings(min_headlines=1), frozenset({6, 8, 1}))[WRITTEN] == [2]


def test_no_verdict_without_the_yardstick() -> None:
    with pytest.raises(RegistryError, match="data/yardstick-written, which is missing"):
        judged_ids(split(evaluation={"yardstick": [1]}), settings(), frozenset())


@pytest.mark.slow
def test_unknown_training_data_compares_less(place: Place, trained: Callable[[str, int], Path]) -> None:
    held_out = list(range(600, 900))
    place.crown(trained("good", 2000))
    place.challenge(trained("good", 2000), test=held_out)
    frozen, own = place.judge().sets
    assert (own.name, own.headlines, own.champion, own.differences) == ("held-out demo", 300, {}, {})
    assert frozen.differences["accuracy"].value == 0
    place.crown(trained("good", 2000), learnt_from=held_out[:100])
    own = place.judge().sets[1]
    assert own.headlines == 200 and own.differences["accuracy"].value == 0


@pytest.mark.slow
def test_pages_are_rebuilt_from_the_registry(place: Place, trained: Callable[[str, int], Path]) -> None:
    from pipelines.stages.registry_page import PAGE, write_page

    place.challenge(trained("good", 200))
    register(settings())
    before = PAGE.read_text()
    PAGE.unlink()
    write_page(place.registry)
    assert PAGE.read_text() == before
    with sqlite3.connect(place.folder / "mlflow.db") as connection:
        (stored,) = connection.execute("select value from model_version_tags where key = 'gate'").fetchone()
    assert f"| {stored} |" in before
