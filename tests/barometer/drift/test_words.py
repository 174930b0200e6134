import numpy as np
import pytest

from barometer.drift.words import DriftedNgram, drifted_ngrams, log_odds_z


def test_z_is_the_log_odds_with_the_pooled_prior_over_its_deviation() -> None:
    # 10 words a side, prior worth 20: 20 * 8/20 = 8 for the first word and 12 for the second.
    old, new = np.array([2.0, 8.0]), np.array([6.0, 4.0])
    odds = np.log((6 + 8) / (4 + 12)) - np.log((2 + 8) / (8 + 12))
    expected = odds / np.sqrt(1 / (2 + 8) + 1 / (6 + 8))
    found = log_odds_z(old, new, 20.0)
    assert found[0] == pytest.approx(expected)
    assert found[1] < 0
    np.testing.assert_allclose(log_odds_z(new, old, 20.0), -found)


def test_a_word_used_alike_does_not_drift_and_a_larger_prior_shrinks() -> None:
    old, new = np.array([5.0, 30.0, 65.0]), np.array([5.0, 60.0, 35.0])
    assert log_odds_z(old, new, 10.0)[0] == pytest.approx(0, abs=1e-9)
    assert log_odds_z(old, new, 10.0)[1] > log_odds_z(old, new, 10_000.0)[1] > 0


def listed(old: list[str], new: list[str], top: int = 3, least: int = 2) -> list[DriftedNgram]:
    return drifted_ngrams(old, new, top=top, min_headlines=least, prior_total=10.0)


def test_what_rose_comes_first_and_what_fell_last_with_shares_of_headlines() -> None:
    found = listed(
        ["ico sale opens", "ico sale ends", "bitcoin holds"] * 5, ["etf opens", "bitcoin holds", "etf etf"] * 5
    )
    assert [n.z for n in found] == sorted((n.z for n in found), reverse=True)
    first, last = found[0], found[-1]
    assert first.ngram == "etf"
    assert (first.reference, first.newer) == (0.0, pytest.approx(2 / 3))  # once a headline, though "etf etf" has two
    assert set(last.ngram.split()) & {"ico", "sale"}
    assert last.z < 0


def test_of_overlapping_ngrams_the_one_that_drifted_most_stands_for_all() -> None:
    found = listed(["sam bankman fried"] * 9 + ["price"] * 9, ["etf news"] * 9 + ["price"] * 9, top=5)
    for sign in (1, -1):
        words = [word for n in found if n.z * sign > 0 for word in n.ngram.split()]
        assert len(words) == len(set(words))


def test_rare_ngrams_are_not_listed() -> None:
    assert listed(["a b", "c d"], ["e f", "g h"]) == []
    found = listed(["eos fork", "eos"], ["fork", "solana"], least=2)
    assert {n.ngram for n in found} <= {"eos", "fork"}
