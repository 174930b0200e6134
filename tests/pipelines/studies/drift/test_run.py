"""The stage: what it refuses, and a whole run on small corpora with a tiny encoder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from barometer.corpus.annotate import SOFT_COLUMNS
from barometer.headline import headline_id
from barometer.settings import BackboneSettings, SettingsError, load_settings, validate
from pipelines import paths
from pipelines.compose import compose_params
from pipelines.studies.drift import run as stage
from pipelines.studies.drift.methods.sides import DriftStudySettings
from pipelines.studies.report import write_report
from pipelines.tables import read_table, write_table

ROOT = Path(__file__).resolve().parents[4]
WORDS = [
    "btc",
    "eth",
    "sol",
    "xrp",
    "falls",
    "gains",
    "holds",
    "leads",
    "miners",
    "whales",
    "traders",
    "banks",
    "today",
]


@pytest.mark.parametrize("corpus", ["demo", "cryptolin", "together", "csv"])
def test_every_corpus_has_valid_parameters(tmp_path: Path, corpus: str) -> None:
    compose_params(ROOT / "conf", tmp_path / "params.yaml", [f"corpus={corpus}"])
    section = load_settings(tmp_path / "params.yaml").experiment["drift"]
    params = validate(DriftStudySettings, section, "here")
    assert params.reference.corpora == [corpus]
    assert params.by == (None if corpus in {"demo", "csv"} else "year")


def headlines() -> pd.DataFrame:
    """120 titles of an old era and 120 of a new one that says `etf`, half of them with labels."""
    rng = np.random.default_rng(3)
    rows = []
    for year, extra in (("2018", "ico in 2018"), ("2024", "etf in 2024")):
        for k in range(120):
            text = f"{' '.join(rng.choice(WORDS, 6))} {extra}"
            rows.append((headline_id(text), text, f"{k % 2}.example", f"{year}-05-01T00:00:00Z", "demo", "train"))
    table = pd.DataFrame(rows, columns=["id", "text", "source", "date", "corpus", "role"])
    return table.drop_duplicates("id", ignore_index=True)


@pytest.fixture
def inputs(in_folder: Path, tiny_backbone: Path) -> Path:
    table = headlines()
    labelled = table[::2].assign(label=1, **dict.fromkeys(SOFT_COLUMNS, 1 / 3))
    write_table(paths.LABELS / "labelled.csv", labelled)
    write_table(paths.INGEST / "unlabelled.csv", table[1::2])
    backbone = BackboneSettings(name="tiny", source=str(tiny_backbone), max_length=32)
    vectors = stage.embed(table["text"].tolist(), backbone)
    np.savez(paths.EMBEDDINGS, ids=table["id"].to_numpy(), vectors=vectors)
    compose_params(ROOT / "conf", in_folder / "params.yaml", [])
    one = {"corpora": ["demo"], "sources": ["0.example"]}
    pair = {"reference": one | {"until": "2019-12-31"}, "newer": one | {"since": "2020-01-01"}}
    small = {"min_texts": 20, "permutations": 39, "repeats": 2, "near_duplicate_similarity": 0.99, "one_source": pair}
    change(**small, backbone=backbone.model_dump())
    return in_folder


def change(backbone: dict[str, Any] | None = None, **section: Any) -> None:
    content = yaml.safe_load(Path("params.yaml").read_text())
    content["experiment"]["drift"].update(section)
    content["backbone"] = backbone or content["backbone"]
    Path("params.yaml").write_text(yaml.safe_dump(content))


@pytest.mark.slow
def test_two_runs_write_the_same(inputs: Path) -> None:
    stage.main()
    write_report("drift", "demo")
    folder = inputs / "reports" / "demo" / "adversarial_validation"
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(written) == {
        "auc.csv", "auc.png", "metrics.json", "ngrams.csv", "ngrams.png", "report.md", "run.json", "summary.json",
    }  # fmt: skip
    metrics = json.loads(written["metrics.json"])
    assert set(metrics) == {"compared", "one_source", "size_matched"}
    assert set(metrics["compared"]["all"]) == {"word", "word_masked", "embedding", "embedding_masked"}
    assert metrics["compared"]["all"]["word"]["auc"] > 0.95
    ngrams = read_table(folder / "ngrams.csv")
    assert "0" not in set(ngrams.loc[ngrams["masked"].astype(str) == "False", "ngram"])
    assert len(read_table(folder / "auc.csv")) == 12
    stage.main()
    write_report("drift", "demo")
    for name in ("auc.csv", "auc.png", "metrics.json", "ngrams.csv", "ngrams.png"):
        assert (folder / name).read_bytes() == written[name]
    for text in headlines()["text"]:
        assert text.encode() not in written["report.md"]


def test_words_alone_need_no_vectors(inputs: Path) -> None:
    paths.EMBEDDINGS.unlink()
    change(features=["word"], masking=[True], one_source=None)
    stage.main()
    assert "separates the newer headlines **almost perfectly**" in write_report("drift", "demo")


def test_only_missing_vectors_are_embedded(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def embed(texts: list[str], backbone: BackboneSettings) -> np.ndarray:
        asked.extend(texts)
        return np.ones((len(texts), 32))

    monkeypatch.setattr(stage, "embed", embed)
    table = headlines()
    vectors = stage.Vectors(table, load_settings().backbone)
    texts = [table["text"][0], "new", "new", table["text"][5]]
    found = vectors(texts)
    assert asked == ["new"]
    assert found.shape == (4, 32)
    np.testing.assert_array_equal(found[1], np.ones(32))
    np.testing.assert_allclose(np.linalg.norm(found[[0, 3]], axis=1), 1, rtol=1e-5)


def test_an_unavailable_corpus_is_named(inputs: Path) -> None:
    change(newer={"corpora": ["unlabelled"]})
    with pytest.raises(SettingsError, match=r"experiment\.drift\.newer\.corpora = \['unlabelled'\]"):
        stage.main()
