from hypothesis import given
from hypothesis import strategies as st

from pipelines.studies.augmentation.base import join_words, split_words


@given(st.lists(st.from_regex(r"[A-Za-z0-9$%'.&-]+[,;:?!]{0,2}", fullmatch=True)))
def test_joining_what_was_split_gives_the_title_back(words: list[str]) -> None:
    title = " ".join(words)
    assert join_words(split_words(title)) == title


def test_only_closing_punctuation_is_parted_from_words() -> None:
    assert split_words("U.S. bitcoin's price: $10,000?!") == ["U.S.", "bitcoin's", "price", ":", "$10,000", "?!"]


def test_punctuation_without_a_word_before_it_is_dropped() -> None:
    assert join_words([",", "bitcoin", "rises", "!"]) == "bitcoin rises!"
