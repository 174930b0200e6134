import numpy as np
import pytest
from torch import long

from barometer.models.backbone import load_tokenizer
from barometer.models.tokens import MixedLengthSampler, pad, sorted_batches, tokenise
from barometer.settings import BackboneSettings

LENGTHS = np.random.default_rng(0).integers(3, 40, size=205).tolist()


def sampler(seed: int) -> MixedLengthSampler:
    return MixedLengthSampler(LENGTHS, size=8, rng=np.random.default_rng(seed))


def padding(batches: list[list[int]]) -> int:
    return sum(max(LENGTHS[i] for i in batch) - LENGTHS[k] for batch in batches for k in batch)


def test_padding_fills_to_the_longest_and_masks_the_fill() -> None:
    ids, mask = pad([[5, 6, 7], [8], [9, 0]])
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0], [9, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert ids.dtype == mask.dtype == long


def test_tokenising_neither_pads_nor_reorders(backbone: BackboneSettings) -> None:
    tokenizer = load_tokenizer(backbone)
    long_text, short_text = tokenise(tokenizer, ["Bitcoin hits record high in week", "Bitcoin"])
    assert len(long_text) > len(short_text) == 3
    assert [tokenizer.id_to_token(i) for i in short_text] == ["[CLS]", "bitcoin", "[SEP]"]


def test_sorted_batches_hold_every_index_once_shortest_first() -> None:
    batches = sorted_batches([4, 1, 3, 1, 2], size=2)
    assert [batch.tolist() for batch in batches] == [[1, 3], [4, 2], [0]]


def test_no_items_make_no_batches() -> None:
    assert sorted_batches([], size=4) == []


def test_an_epoch_holds_every_item_once_in_batches_of_at_most_the_size() -> None:
    batches = list(sampler(0))
    assert sorted(i for batch in batches for i in batch) == list(range(205))
    assert sorted(len(batch) for batch in batches) == [5] + [8] * 25
    assert len(batches) == len(sampler(0)) == 26


@pytest.mark.parametrize("n", [1, 8, 64, 65, 129])
def test_the_sampler_knows_its_number_of_batches(n: int) -> None:
    lengths = MixedLengthSampler(LENGTHS[:n], size=8, rng=np.random.default_rng(0))
    assert len(list(lengths)) == len(lengths)


def test_epochs_differ() -> None:
    epochs = sampler(0)
    assert list(epochs) != list(epochs)


def test_a_seed_fixes_every_epoch() -> None:
    first, second = sampler(4), sampler(4)
    assert [list(first), list(first)] == [list(second), list(second)]
    assert list(sampler(4)) != list(sampler(5))


def test_batches_pad_far_less_than_random_ones() -> None:
    order = np.random.default_rng(1).permutation(len(LENGTHS)).tolist()
    at_random = [order[i : i + 8] for i in range(0, len(order), 8)]
    assert padding(list(sampler(0))) < padding(at_random) / 3
