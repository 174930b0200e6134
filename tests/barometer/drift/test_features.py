import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.drift.features import mask_numbers_and_dates, word_similarities


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
def test_numbers_and_dates_are_masked_and_names_are_not(text: str, masked: str) -> None:
    assert mask_numbers_and_dates(text) == masked


_PIECES = st.sampled_from(
    ["may", "5", "March", "in", "Q2", "2021", ".", ",", "-", "Jan.", "web3", "Friday", "1/2", "'"]
)


@given(st.one_of(st.text(), st.lists(_PIECES).map("".join), st.lists(_PIECES).map(" ".join)))
def test_masking_twice_changes_nothing_and_leaves_no_number(text: str) -> None:
    masked = mask_numbers_and_dates(text)
    assert mask_numbers_and_dates(masked) == masked
    assert not re.search(r"(?<!\w)(?!0)\d", masked)
    assert not re.search(r"(?i)\b(?:monday|friday|october)\b", masked)


def test_similarities_are_cosines_of_shared_words() -> None:
    found = word_similarities(["Bitcoin falls", "bitcoin FALLS", "ether gains", "ether gains today"])
    np.testing.assert_allclose(np.diag(found), 1)
    np.testing.assert_allclose(found[0], [1, 1, 0, 0], atol=1e-12)
    assert found[2, 3] == pytest.approx(1)  # "today" is in one text only, so it is no feature


def test_texts_without_a_common_word_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="no terms remain"):
        word_similarities(["bitcoin", "ether"])
