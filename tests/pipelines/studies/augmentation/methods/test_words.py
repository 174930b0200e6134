from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.studies.augmentation.methods import Augmenter, NotAvailableError
from pipelines.studies.augmentation.methods.words import (
    join_words,
    keyboard,
    random_delete,
    random_swap,
    split_words,
    synonym,
)

MADE: dict[str, Callable[[float], Augmenter]] = {
    "swap": random_swap,
    "delete": random_delete,
    "keyboard": keyboard,
    "synonym": synonym,
}


@pytest.fixture(scope="module")
def made() -> dict[str, Augmenter]:
    return {name: make(0.2) for name, make in MADE.items()}


@pytest.mark.parametrize("name", MADE)
def test_the_same_seed_alters_alike(made: dict[str, Augmenter], name: str, titles: list[str]) -> None:
    texts = titles * 3
    first = made[name](texts, np.random.default_rng(1))
    assert first == made[name](texts, np.random.default_rng(1))
    assert first != made[name](texts, np.random.default_rng(2))
    assert len(first) == len(texts)


@pytest.mark.parametrize("name", MADE)
def test_texts_without_letters_come_back(made: dict[str, Augmenter], name: str) -> None:
    assert made[name](["", "42", "$10,000?!"], np.random.default_rng(1)) == ["", "42", "$10,000?!"]


def test_swapping_keeps_the_words(made: dict[str, Augmenter], titles: list[str]) -> None:
    for old, new in zip(titles, made["swap"](titles, np.random.default_rng(0)), strict=True):
        assert new != old
        assert sorted(new.lower().split()) == sorted(old.lower().split())


def test_deleting_leaves_words_out(made: dict[str, Augmenter], titles: list[str]) -> None:
    for old, new in zip(titles, made["delete"](titles, np.random.default_rng(0)), strict=True):
        before, after = split_words(old.lower()), split_words(new.lower())
        assert len(after) < len(before)
        assert set(after) <= set(before)


def test_typos_change_one_letter(made: dict[str, Augmenter], titles: list[str]) -> None:
    for old, new in zip(titles, made["keyboard"](titles, np.random.default_rng(0)), strict=True):
        changed = [(a, b) for a, b in zip(old.split(), new.split(), strict=True) if a != b]
        assert changed
        for before, after in changed:
            assert len(before) == len(after)
            assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
            assert [c for c in before if c.isdigit()] == [c for c in after if c.isdigit()]


def test_synonyms_spare_function_words_and_coins(made: dict[str, Augmenter]) -> None:
    seen = made["synonym"](["Tether is not a stock"] * 40, np.random.default_rng(0))
    assert all(text.startswith("Tether is not a ") for text in seen)
    known = {"stock", "gunstock", "blood", "broth", "farm", "breed", "strain", "caudex", "inventory", "line"}
    assert len(known & {text.split()[4] for text in seen}) >= 3


def test_missing_wordnet_says_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nltk.data.path", [])
    monkeypatch.setattr("pipelines.studies.augmentation.methods.wordnet.find_spec", lambda _: None)
    with pytest.raises(NotAvailableError, match=r"WordNet is not installed \(`python -m nltk.downloader wordnet`\)"):
        synonym(0.2)


@given(st.lists(st.from_regex(r"[A-Za-z0-9$%'.&-]+[,;:?!]{0,2}", fullmatch=True)))
def test_joining_undoes_splitting(words: list[str]) -> None:
    title = " ".join(words)
    assert join_words(split_words(title)) == title


def test_closing_punctuation_is_separated() -> None:
    assert split_words("U.S. bitcoin's price: $10,000?!") == ["U.S.", "bitcoin's", "price", ":", "$10,000", "?!"]


def test_punctuation_without_word_is_dropped() -> None:
    assert join_words([",", "bitcoin", "rises", "!"]) == "bitcoin rises!"
