"""A model folder is what its card says, or it is refused."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from barometer.card import CARD, MODEL, TOKENIZER, ArtifactError, content_version, read_card, write_artifact


def write(folder: Path, **changes: Any) -> Path:
    """An artifact of two small files that only the card's checks will read."""
    sources = folder.parent / "sources"
    sources.mkdir(exist_ok=True)
    for name in (MODEL, TOKENIZER):
        (sources / name).write_text(f"content of {name}")
    values: dict[str, Any] = {
        "name": "bert",
        "model_input": "tokens",
        "max_length": 64,
        "precision": "fp32",
        "calibration": {"method": "temperature", "temperature": 1.2},
        "metrics": {"accuracy": 0.7},
        "parity": {},
        "data_version": "data",
        "code_version": "code",
    }
    write_artifact(folder, {name: sources / name for name in (MODEL, TOKENIZER)}, **(values | changes))
    return folder


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((folder / CARD).read_text())
    change(card)
    (folder / CARD).write_text(json.dumps(card))


def sign(card: dict[str, Any]) -> None:
    """Give an edited card the version that follows from it, as someone who knows the rule would."""
    card["version"] = content_version(card["files"], card["input"], card["max_length"], card["calibration"])


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return write(tmp_path / "artifact")


def test_a_written_artifact_is_read_back(artifact: Path) -> None:
    card = read_card(artifact)
    assert (card.name, card.max_length, card.metrics) == ("bert", 64, {"accuracy": 0.7})
    assert card.calibration == {"method": "temperature", "temperature": 1.2}
    assert set(card.files) == {MODEL, TOKENIZER}
    assert re.fullmatch("[0-9a-f]{12}", card.version)


def test_rewriting_removes_the_former_artifact(artifact: Path) -> None:
    (artifact / "stale.txt").write_text("old")
    write(artifact)
    assert {path.name for path in artifact.iterdir()} == {CARD, MODEL, TOKENIZER}


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_an_altered_file_is_refused(artifact: Path, name: str) -> None:
    (artifact / name).write_bytes((artifact / name).read_bytes() + b" ")
    with pytest.raises(ArtifactError, match=f"{re.escape(str(artifact / name))} has sha256"):
        read_card(artifact)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_missing_file_is_refused(artifact: Path, name: str) -> None:
    (artifact / name).unlink()
    with pytest.raises(ArtifactError, match=f"{re.escape(str(artifact / name))} is missing"):
        read_card(artifact)


@pytest.mark.parametrize("folder", ["empty", "absent"])
def test_a_folder_needs_a_card(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match=f"{folder}: {CARD} is missing"):
        read_card(tmp_path / folder)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "0" * 12},
        {"calibration": {"method": "temperature", "temperature": 1.3}},
        {"max_length": 8},
        {"input": "text"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_altered_card_is_refused(artifact: Path, change: dict[str, Any]) -> None:
    edit(artifact, lambda card: card.update(change))
    with pytest.raises(ArtifactError, match=rf"{CARD}: version \w+ does not follow"):
        read_card(artifact)


@pytest.mark.parametrize("classes", [["Positive", "Neutral", "Negative"], ["Negative", "Positive"]])
def test_other_classes_are_refused(artifact: Path, classes: list[str]) -> None:
    edit(artifact, lambda card: card.update(class_names=classes))
    with pytest.raises(ArtifactError, match=rf"{CARD}: classes .*'{classes[0]}'.*expected \['Negative'"):
        read_card(artifact)


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "sub/../../secret.txt", ".."])
def test_file_names_may_not_leave_folders(artifact: Path, name: str) -> None:
    (artifact.parent / "secret.txt").write_text("secret")
    edit(artifact, lambda card: (card["files"].update({name: "0" * 64}), sign(card)))
    with pytest.raises(ArtifactError, match=re.escape(name)):
        read_card(artifact)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_card_must_list_needed_files(artifact: Path, name: str) -> None:
    edit(artifact, lambda card: (card["files"].pop(name), sign(card)))
    with pytest.raises(ArtifactError, match=f"{CARD}: the card lists no {name}"):
        read_card(artifact)


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"\xff\xfe", b"[]", b"null", b'{"name": "bert"}', b'{"unknown": 1}']
)
def test_what_is_no_card_is_refused(artifact: Path, content: bytes) -> None:
    (artifact / CARD).write_bytes(content)
    with pytest.raises(ArtifactError, match=f"{re.escape(str(artifact / CARD))} is not a model card"):
        read_card(artifact)


@pytest.mark.parametrize("files", [None, [MODEL, TOKENIZER], "model.onnx tokenizer.json"])
def test_files_must_be_a_mapping(artifact: Path, files: object) -> None:
    edit(artifact, lambda card: card.update(files=files))
    with pytest.raises(ArtifactError, match=CARD):
        read_card(artifact)


@pytest.mark.parametrize("change", [{"calibration": {"temperature": 2.0}}, {"max_length": 32}, {"model_input": "text"}])
def test_version_changes_with_what_decides_predictions(tmp_path: Path, change: dict[str, Any]) -> None:
    before = read_card(write(tmp_path / "artifact")).version
    assert read_card(write(tmp_path / "artifact", **change)).version != before


@pytest.mark.parametrize("change", [{"metrics": {"accuracy": 0.9}}, {"parity": {"a": 1}}, {"code_version": "other"}])
def test_version_stays_when_predictions_stay(tmp_path: Path, change: dict[str, Any]) -> None:
    before = read_card(write(tmp_path / "artifact")).version
    assert read_card(write(tmp_path / "artifact", **change)).version == before


def test_later_cards_may_say_more(artifact: Path) -> None:
    edit(artifact, lambda card: card.update(mood="good"))
    assert read_card(artifact).name == "bert"


def test_the_card_names_its_corpus(tmp_path: Path) -> None:
    corpus = {"name": "mine", "path": "snapshots/a.csv", "md5": "a"}
    with_corpus = read_card(write(tmp_path / "mine", corpus=corpus))
    assert with_corpus.corpus == corpus
    assert with_corpus.version == read_card(write(tmp_path / "other")).version
