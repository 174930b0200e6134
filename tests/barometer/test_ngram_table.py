"""The table of character n-grams: every one is found again, and nothing else is."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.ngram_table import CharTable


def found(table: CharTable, texts: list[str]) -> list[tuple[int, int]]:
    rows, ids = table.find(texts)
    return sorted(zip(rows.tolist(), ids.tolist(), strict=True))


def test_all_terms_are_found_with_their_ids() -> None:
    terms = ["".join(pair) for pair in itertools.product("abcdefgh🚀", repeat=3)]
    table = CharTable(terms, 100, 3, 3)
    assert found(table, terms) == [(i, 100 + i) for i in range(len(terms))]


def test_lengths_are_told_apart() -> None:
    table = CharTable(["a", "aa", "aaa"], 0, 1, 3)
    assert found(table, ["aaa"]) == [(0, 0), (0, 0), (0, 0), (0, 1), (0, 1), (0, 2)]


def test_no_ngram_reaches_into_the_next_text() -> None:
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
def test_any_table_finds_what_a_dictionary_does(terms: set[str], texts: list[str]) -> None:
    ids = {term: i for i, term in enumerate(sorted(terms))}
    expected = [
        (row, ids[text[i : i + size]])
        for row, text in enumerate(texts)
        for size in range(1, 5)
        for i in range(len(text) - size + 1)
        if text[i : i + size] in ids
    ]
    assert found(CharTable(list(ids), 0, 1, 4), texts) == sorted(expected)
