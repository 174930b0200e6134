import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.drift.words import DriftedNgram, drifted_ngrams, log_odds_z, mask_numbers_and_dates, word_similarities


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Bitcoin falls 3.5% to $61,200 on Monday", "Bitcoin falls 0% to $0 on weekday"),
        ("ETH jumps 12% in March 2024", "ETH jumps 0% in month 0"),
        ("Deadline of 5 May, then Sept. 30", "Deadline of 0 month, then month 0"),
        ("Q3 and H1 2023 results: $5k, 10x, 1st", "Q0 and H0 0 results: $0k, 0x, 0st"),
        ("October rally, then a slump in may", "month rally, then a slump in month"),
        ("Why this may push BTC up", "Why this may push BTC up"),
        ("Justin Sun may sell; ETFs march on", "Justin Sun may sell; ETFs march on"),
        ("Web3 and ERC721 on layer-2", "Web3 and ERC721 on layer-0"),
        ("Two million in the 2020s, '21 too", "Two million in the 0s, '0 too"),
        ("", ""),
    ],
)  # fmt: skip
def test_numbers_and_dates_are_masked(text: str, masked: str) -> None:
    assert mask_numbers_and_dates(text) == masked


_PIECES = st.sampled_from(
    ["may", "5", "March", "in", "Q2", "2021", ".", ",", "-", "Jan.", "web3", "Friday", "1/2", "'"]
)


@given(st.one_of(st.text(), st.lists(_PIECES).map("".join), st.lists(_PIECES).map(" ".join)))
def test_masking_twice_changes_nothing(text: str) -> None:
    masked = mask_numbers_and_dates(text)
    assert mask_numbers_and_dates(masked) == masked
    assert not re.search(r"(?<!\w)(?!0)\d", masked)
    assert not re.search(r"(?i)\b(?:monday|friday|october)\b", masked)


def test_similarities_are_cosines_of_words() -> None:
    found = word_similarities(["Bitcoin falls", "bitcoin FALLS", "ether gains", "ether gains today"])
    np.testing.assert_allclose(np.diag(found), 1)
    np.testing.assert_allclose(found[0], [1, 1, 0, 0], atol=1e-12)
    assert found[2, 3] == pytest.approx(1)  # "today" is in one text only, so it is no feature


def test_texts_need_a_common_word() -> None:
    with pytest.raises(ValueError, match="no terms remain"):
        word_similarities(["bitcoin", "ether"])


def test_z_follows_the_published_formula() -> None:
    # 10 words a side, prior worth 20: 20 * 8/20 = 8 for the first word and 12 for the second.
    old, new = np.array([2.0, 8.0]), np.array([6.0, 4.0])
    odds = np.log((6 + 8) / (4 + 12)) - np.log((2 + 8) / (8 + 12))
    expected = odds / np.sqrt(1 / (2 + 8) + 1 / (6 + 8))
    found = log_odds_z(old, new, 20.0)
    assert found[0] == pytest.approx(expected)
    assert found[1] < 0
    np.testing.assert_allclose(log_odds_z(new, old, 20.0), -found)


def test_a_larger_prior_shrinks_z() -> None:
    old, new = np.array([5.0, 30.0, 65.0]), np.array([5.0, 60.0, 35.0])
    assert log_odds_z(old, new, 10.0)[0] == pytest.approx(0, abs=1e-9)
    assert log_odds_z(old, new, 10.0)[1] > log_odds_z(old, new, 10_000.0)[1] > 0


def listed(old: list[str], new: list[str], top: int = 3, least: int = 2) -> list[DriftedNgram]:
    return drifted_ngrams(old, new, top, least, prior_total=10.0)


def test_ngrams_are_sorted_by_z() -> None:
    found = listed(
        ["ico sale opens", "ico sale ends", "bitcoin holds"] * 5, ["etf opens", "bitcoin holds", "etf etf"] * 5
    )
    assert [n.z for n in found] == sorted((n.z for n in found), reverse=True)
    first, last = found[0], found[-1]
    assert first.ngram == "etf"
    assert (first.reference, first.newer) == (0.0, pytest.approx(2 / 3))  # once a headline, though "etf etf" has two
    assert set(last.ngram.split()) & {"ico", "sale"}
    assert last.z < 0


def test_overlapping_ngrams_are_listed_once() -> None:
    found = listed(["sam bankman fried"] * 9 + ["price"] * 9, ["etf news"] * 9 + ["price"] * 9, top=5)
    for sign in (1, -1):
        words = [word for n in found if n.z * sign > 0 for word in n.ngram.split()]
        assert len(words) == len(set(words))


def test_rare_ngrams_are_not_listed() -> None:
    assert listed(["a b", "c d"], ["e f", "g h"]) == []
    found = listed(["eos fork", "eos"], ["fork", "solana"], least=2)
    assert {n.ngram for n in found} <= {"eos", "fork"}
