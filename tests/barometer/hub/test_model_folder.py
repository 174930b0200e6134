import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from barometer.card import read_card
from barometer.hub.encoder import read_encoder
from barometer.hub.folders import HubError
from barometer.hub.model_folder import corpus_card, write_model_folder
from barometer.predictor import Predictor
from tests.servers.published import DATA_CARD, METRICS, ROOT

NAME = "ann/crypto-sentiment"


@pytest.fixture(scope="module")
def folder(measured_artifact: Path, encoder_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("repository")
    write_model_folder(target, measured_artifact, NAME, read_encoder(encoder_file), DATA_CARD)
    return target


def test_folder_is_the_artifact_too(folder: Path, measured_artifact: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "README.md", "LICENSE", "LICENSE.apache-2.0", "card.json", "config.json", "data-card.md", "model.onnx",
        "tokenizer.json", "tokenizer_config.json",
    }  # fmt: skip
    assert read_card(folder) == read_card(measured_artifact)
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert "Apache License" in (folder / "LICENSE.apache-2.0").read_text()[:100]


def test_metadata_has_the_cards_figures(folder: Path) -> None:
    from huggingface_hub import ModelCard

    card = ModelCard.load(folder / "README.md")
    found = {(r.dataset_type, r.metric_type): r.metric_value for r in card.data.eval_results or []}
    assert len(found) == 9
    for part, figures in METRICS.items():
        assert found[part, "accuracy"] == figures["accuracy"]["value"]
        assert found[part, "f1"] == figures["macro_f1"]["value"]
    assert (card.data.license, card.data.base_model, card.data.language) == ("mit", "ann/tiny", "en")
    index = yaml.safe_load(card.content.split("---\n")[1])["model-index"]
    assert [entry["name"] for entry in index] == ["crypto-sentiment"]
    assert index[0]["results"][0]["task"]["type"] == "text-classification"
    rows = [line for line in card.text.splitlines() if line.startswith("| yardstick |")]
    assert [row.split(" | ")[2:] for row in rows] == [
        ["1,200", "82.0 [80.0, 84.0]", "81.0 [79.0, 83.0]", "2.3 [0.3, 4.3] |"]
    ]


def test_page_says_whose_data(folder: Path) -> None:
    page, card = (folder / "README.md").read_text(), (folder / "data-card.md").read_text()
    assert "automatic annotators (language models)" in page
    assert "the headlines are their publishers' own" in page
    assert read_card(folder).version in page and "below 0.232" in page
    links = re.findall(r"\]\(([^)]+)\)", page + card)
    assert [link for link in links if not link.startswith("http") and not (folder / link).is_file()] == []
    assert "{" not in page.split("```")[0] and "{{" not in page


@pytest.mark.slow
def test_snippet_runs_as_written(folder: Path, measured_artifact: Path) -> None:
    page = (folder / "README.md").read_text()
    (snippet,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert snippet.count(f'"{NAME}"') == 1
    program = snippet.replace(NAME, str(folder))
    program += "\nimport json; print(json.dumps([titles, probabilities.tolist(), config.num_hidden_layers]))"
    alone = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    done = subprocess.run([sys.executable, "-c", program], env=alone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    titles, probabilities, layers = json.loads(last)
    expected = Predictor.load(measured_artifact, runtime="onnxruntime").predict_proba(titles)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    assert [line.startswith(title) and "'Positive': " in line for line, title in zip(lines, titles, strict=True)] == [
        True
    ] * len(titles)
    assert layers == 2


def test_training_is_told_by_version(measured_artifact: Path, encoder_file: Path, tmp_path: Path) -> None:
    version = read_card(measured_artifact).version
    encoder = read_encoder(encoder_file).model_copy(update={"trained": {version: "On tea.", "other": "On coffee."}})
    write_model_folder(tmp_path, measured_artifact, NAME, encoder, DATA_CARD)
    page = (tmp_path / "README.md").read_text()
    assert "On tea." in page and "On coffee." not in page


def test_only_transformers_are_published(tfidf_artifact: Path, encoder_file: Path, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="reads n-grams"):
        write_model_folder(tmp_path, tfidf_artifact, NAME, read_encoder(encoder_file), DATA_CARD)


def test_data_card_must_state_the_licence(measured_artifact: Path, encoder_file: Path, tmp_path: Path) -> None:
    encoder = read_encoder(encoder_file)
    with pytest.raises(HubError, match="no data card at"):
        write_model_folder(tmp_path, measured_artifact, NAME, encoder, tmp_path / "none.md")
    other = tmp_path / "other.md"
    other.write_text("# Data\n\n| what | headlines |\n|---|---|\n")
    with pytest.raises(HubError, match="a row `licence`"):
        write_model_folder(tmp_path, measured_artifact, NAME, encoder, other)
    assert [path.name for path in tmp_path.iterdir()] == ["other.md"]


def test_unknown_base_licence_is_refused(measured_artifact: Path, encoder_file: Path, tmp_path: Path) -> None:
    encoder = read_encoder(encoder_file).model_copy(update={"licence": "cc-by-nc-4.0"})
    with pytest.raises(HubError, match=r"licence 'cc-by-nc-4\.0' of ann/tiny: expected apache-2\.0"):
        write_model_folder(tmp_path, measured_artifact, NAME, encoder, DATA_CARD)


def test_corpus_decides_the_data_card(measured_artifact: Path, int8_artifact: Path) -> None:
    assert corpus_card(measured_artifact) == corpus_card(int8_artifact) == Path("docs/data-card-news.md")
