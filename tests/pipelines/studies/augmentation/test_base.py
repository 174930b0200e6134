import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipelines.studies.augmentation.base import join_words, seeded_globals, split_words


@given(st.lists(st.from_regex(r"[A-Za-z0-9$%'.&-]+[,;:?!]{0,2}", fullmatch=True)))
def test_joining_what_was_split_gives_the_title_back(words: list[str]) -> None:
    title = " ".join(words)
    assert join_words(split_words(title)) == title


def test_only_closing_punctuation_is_parted_from_words() -> None:
    assert split_words("U.S. bitcoin's price: $10,000?!") == ["U.S.", "bitcoin's", "price", ":", "$10,000", "?!"]


def test_punctuation_without_a_word_before_it_is_dropped() -> None:
    assert join_words([",", "bitcoin", "rises", "!"]) == "bitcoin rises!"


def test_global_generators_are_seeded_inside_and_untouched_outside() -> None:
    def draw() -> tuple[float, float, float]:
        return random.random(), float(np.random.random()), float(torch.rand(1))

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    undisturbed = draw()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    with seeded_globals(np.random.default_rng(5)):
        first = draw()
    assert draw() == undisturbed
    with seeded_globals(np.random.default_rng(5)):
        assert draw() == first
    with seeded_globals(np.random.default_rng(6)):
        assert draw() != first


def test_global_generators_are_restored_after_an_error() -> None:
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    with pytest.raises(RuntimeError), seeded_globals(np.random.default_rng(0)):
        raise RuntimeError
    assert np.random.random() == expected
