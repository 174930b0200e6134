"""Counts of n-grams are those of scikit-learn's vectorisers."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.ngrams import CharTable, Terms, Vocabulary

TOKENS = "[a-z0-9$%.']+"
WORDS = ["again", "again and", "and again", "bitcoin", "bitcoin falls", "ether", "falls"]
CHARS = ["ai", "fa", "fal", " b", "s b"]
TERMS = Terms(WORDS, CHARS, TOKENS, (1, 2), (2, 3))
KNOWN = ["bitcoin falls  below 60k, as feared", "ether rises 5 %", "a", "bitcoin falls again and again"]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(TERMS)


def as_dict(vocabulary: Vocabulary, text: str) -> dict[int, float]:
    ids, counts = vocabulary.count([text])
    return {int(i): float(c) for i, c in zip(ids[0], counts[0], strict=True) if c}


def test_words_and_characters_are_counted(vocabulary: Vocabulary) -> None:
    found = as_dict(vocabulary, "bitcoin falls again and again")
    assert found == {0: 2, 1: 1, 2: 1, 3: 1, 4: 1, 6: 1, 7: 2, 8: 1, 9: 1}


def test_runs_of_spaces_count_once(vocabulary: Vocabulary) -> None:
    assert as_dict(vocabulary, "falls \t bitcoin") == as_dict(vocabulary, "falls bitcoin")


def test_rows_are_filled_up(vocabulary: Vocabulary) -> None:
    ids, counts = vocabulary.count(["ether", "", "bitcoin falls"])
    assert ids.shape == counts.shape == (3, 5)
    assert [int((row > 0).sum()) for row in counts] == [1, 0, 5]


def test_nothing_known_counts_nothing(vocabulary: Vocabulary) -> None:
    ids, counts = vocabulary.count(["zzz", "\N{SNOWMAN}"])
    assert (ids.tolist(), counts.tolist()) == ([[0], [0]], [[0], [0]])


def test_a_vocabulary_survives_its_file(vocabulary: Vocabulary, tmp_path: Path) -> None:
    TERMS.write(tmp_path / "vocabulary.json")
    loaded = Vocabulary.load(tmp_path / "vocabulary.json")
    assert len(loaded) == len(vocabulary) == 12
    for expected, found in zip(vocabulary.count(KNOWN), loaded.count(KNOWN), strict=True):
        np.testing.assert_array_equal(found, expected)


@given(st.text(max_size=60))
@settings(deadline=None)
def test_counts_match_those_of_scikit_learn(text: str) -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    text = text.lower()
    words = CountVectorizer(token_pattern=TOKENS, ngram_range=(1, 2), lowercase=False)
    chars = CountVectorizer(analyzer="char", ngram_range=(2, 4), lowercase=False)
    corpus = [*KNOWN, text]
    expected = np.hstack([v.fit_transform(corpus).toarray()[-1] for v in (words, chars)])
    names = [v.get_feature_names_out().tolist() for v in (words, chars)]
    found = np.zeros_like(expected)
    for i, count in as_dict(Vocabulary(Terms(*names, TOKENS, (1, 2), (2, 4))), text).items():
        found[i] = count
    np.testing.assert_array_equal(found, expected)


def found(table: CharTable, texts: list[str]) -> list[tuple[int, int]]:
    rows, ids = table.find(texts)
    return sorted(zip(rows.tolist(), ids.tolist(), strict=True))


def test_all_terms_keep_their_ids() -> None:
    terms = ["".join(pair) for pair in itertools.product("abcdefgh🚀", repeat=3)]
    table = CharTable(terms, 100, 3, 3)
    assert found(table, terms) == [(i, 100 + i) for i in range(len(terms))]


def test_lengths_are_told_apart() -> None:
    table = CharTable(["a", "aa", "aaa"], 0, 1, 3)
    assert found(table, ["aaa"]) == [(0, 0), (0, 0), (0, 0), (0, 1), (0, 1), (0, 2)]


def test_no_ngram_spans_two_texts() -> None:
    table = CharTable(["ab", "b", "\0a"], 0, 1, 2)
    assert found(table, ["a", "b"]) == [(1, 1)]
    assert found(table, ["", "\0a", ""]) == [(1, 2)]


def test_unknown_characters_match_nothing() -> None:
    table = CharTable(["ab"], 0, 2, 2)
    assert found(table, ["a\U0010ffffb", "a", "", "ac"]) == []
    assert found(CharTable([], 0, 2, 5), ["abc"]) == []


def test_too_many_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="n-grams of 5 among 5000 characters"):
        CharTable([chr(0x4E00 + i) for i in range(5000)], 0, 1, 5)


@given(st.sets(st.text("ab c", min_size=1, max_size=4)), st.lists(st.text("ab cd", max_size=12), max_size=5))
@settings(deadline=None)
def test_tables_find_what_dictionaries_do(terms: set[str], texts: list[str]) -> None:
    ids = {term: i for i, term in enumerate(sorted(terms))}
    expected = [
        (row, ids[text[i : i + size]])
        for row, text in enumerate(texts)
        for size in range(1, 5)
        for i in range(len(text) - size + 1)
        if text[i : i + size] in ids
    ]
    assert found(CharTable(list(ids), 0, 1, 4), texts) == sorted(expected)
