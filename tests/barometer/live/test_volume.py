from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.live.volume import volume_score

counts = st.lists(st.integers(0, 10_000), min_size=4, max_size=20)


def test_score_by_hand() -> None:
    # Mean 20, variance 200 / 3, four weeks.
    assert volume_score(45, [10, 30, 20, 20]) == pytest.approx(25 / sqrt(200 / 3 * 1.25))


def test_equal_weeks_prove_little() -> None:
    assert volume_score(18, [9] * 8) == pytest.approx(9 / sqrt(9 * 9 / 8))  # as Poisson counts scatter
    assert volume_score(2, [0] * 8) == pytest.approx(2 / sqrt(9 / 8))


@pytest.mark.parametrize("usual", [[], [5], [5, 6, 7]])
def test_few_weeks_have_no_score(usual: list[int]) -> None:
    assert volume_score(100, usual) is None


@settings(max_examples=50)
@given(counts, st.integers(0, 10_000))
def test_score_has_the_sign_of_difference(usual: list[int], count: int) -> None:
    score, mean = volume_score(count, usual), sum(usual) / len(usual)
    assert score is not None and abs(score) <= abs(count - mean)
    assert (score > 0, score < 0) == (count > mean, count < mean)
    assert volume_score(count + 1, usual) > score  # type: ignore[operator]
