import numpy as np
import pytest

from barometer.corpus.near_duplicates import near_duplicate_groups
from barometer.headline import headline_id
from barometer.models.base import Examples
from pipelines.studies.augmentation.methods.copies import (
    HeldOut,
    LeakageError,
    generator,
    stratified_sample,
    with_copies,
)

TEST = ["Bitcoin falls below $20,000 as miners sell", "Regulator approves the first ether fund"]
TRAIN = ["Solana network halts for six hours", "Exchange lists three new tokens today", "Miners move to Texas"]


@pytest.fixture
def held_out() -> HeldOut:
    return HeldOut(TEST, [*TRAIN, *TEST], 0.75)


def examples(texts: list[str]) -> Examples:
    return Examples(texts, np.eye(3)[np.arange(len(texts)) % 3], np.ones(len(texts)))


def test_near_duplicates_leak(held_out: HeldOut) -> None:
    asked = [TEST[0].upper(), "Bitcoin falls below $30,000 as miners sell!", "Bitcoin falls", *TRAIN]
    assert held_out.resembles(asked).tolist() == [True, True, False, False, False, False]
    assert held_out.resembles([]).tolist() == []


def test_resemblance_is_that_of_the_split(headlines: list[tuple[str, int]]) -> None:
    texts = [text for text, _ in headlines][:60]
    for similarity in (0.3, 0.4):
        held_out = HeldOut(texts[:1], texts, similarity)
        alike = np.flatnonzero(held_out.resembles(texts))
        groups = near_duplicate_groups(texts, similarity)
        assert len(alike) > 1
        assert set(groups[alike]) == {groups[0]}


def test_leaking_training_texts_are_refused(held_out: HeldOut) -> None:
    held_out.check(TRAIN)
    with pytest.raises(LeakageError, match="1 of 4 training texts resemble held-out ones") as refused:
        held_out.check([*TRAIN, TEST[1]])
    assert str(headline_id(TEST[1])) in str(refused.value)
    assert "ether" not in str(refused.value)


def test_leaking_copies_are_left_out(held_out: HeldOut) -> None:
    train = examples(TRAIN)
    made = with_copies(train, lambda texts, _: [TEST[0], texts[1] + "?", ""], 1, held_out, np.random.default_rng(0))
    assert made.examples.texts == [*TRAIN, TRAIN[1] + "?"]
    assert made.refused == 1
    assert made.changed == 1.0
    assert made.pairs == [(TRAIN[1], TRAIN[1] + "?")]
    held_out.check(made.examples.texts)


def test_copies_share_label_and_weight(held_out: HeldOut) -> None:
    made = with_copies(examples(TRAIN), lambda t, _: [TEST[0], *t[1:]], 2, held_out, np.random.default_rng(0))
    assert made.sources.tolist() == [1, 2, 1, 2]
    assert made.changed == 0.0
    np.testing.assert_allclose(made.examples.weights, [1, *[1 / 3] * 6])
    np.testing.assert_array_equal(made.examples.targets[3:], np.eye(3)[[1, 2, 1, 2]])


def test_samples_keep_class_shares() -> None:
    labels = np.repeat([0, 1, 2], [10, 20, 71])
    chosen = stratified_sample(labels, 50, np.random.default_rng(0))
    assert len(set(chosen.tolist())) == 50
    assert np.bincount(labels[chosen]).tolist() == [5, 10, 35]
    assert stratified_sample(labels, 101, np.random.default_rng(0)).tolist() == list(range(101))
    with pytest.raises(ValueError, match="cannot draw 102 of 101"):
        stratified_sample(labels, 102, np.random.default_rng(0))


def test_methods_and_repetitions_draw_apart() -> None:
    draws = {float(generator(17, k, name).random()) for k in range(3) for name in ("swap", "delete")}
    assert len(draws) == 6
    assert generator(17, 1, "swap").random() == generator(17, 1, "swap").random()
