"""How unusual a number of headlines is."""

from math import inf, isfinite, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.volume import MIN_WEEKS, volume_of, volume_score

COUNTS = st.lists(st.integers(0, 10**6), min_size=MIN_WEEKS, max_size=12)


def test_score_is_that_of_the_formula() -> None:
    # y = 2 sqrt(x + 3/8) of 100, and of 64 four times: without any difference between weeks Poisson's variance, 1.
    expected = 2 * (sqrt(100.375) - sqrt(64.375)) / sqrt(1 * (1 + 1 / 4))
    assert volume_score(100, [64] * 4) == pytest.approx(expected) == pytest.approx(3.569, abs=1e-3)
    # Weeks that differ by more than chance make less of the same number: y of 16 and 144 are 8.09 and 24.03.
    assert volume_score(100, [16, 144] * 2) == pytest.approx((20.037 - 16.062) / sqrt(84.66 * 1.25), abs=1e-3)


@pytest.mark.parametrize("usual", [[], [5], [5, 5, 5]])
def test_few_weeks_tell_nothing(usual: list[int]) -> None:
    found = volume_of(7, usual)
    assert (found.count, found.usual, found.z) == (7, None, None)


@pytest.mark.parametrize(("count", "usual"), [(0, [1] * 8), (2, [1] * 8), (2, [0] * 8), (3, [1, 2, 0, 1])])
def test_quiet_hours_are_not_unusual(count: int, usual: list[int]) -> None:
    score = volume_score(count, usual)
    assert score is not None and abs(score) < 1.96


def test_a_burst_is_unusual() -> None:
    assert (volume_score(9, [1] * 8) or 0) > 3
    assert (volume_score(342, [250, 262, 248, 255, 244, 260, 251, 257]) or 0) > 4
    assert (volume_score(3, [250, 262, 248, 255]) or 0) < -10
    assert volume_of(342, [250, 262]).usual is None
    assert volume_of(342, [250, 262, 248, 255]).usual == 253.75


@given(COUNTS, st.integers(0, 10**6), st.integers(1, 100))
def test_more_headlines_score_higher(usual: list[int], count: int, more: int) -> None:
    less, higher = volume_score(count, usual), volume_score(count + more, usual)
    assert less is not None and higher is not None
    assert -inf < less < higher and isfinite(higher)


@given(COUNTS)
def test_order_of_weeks_does_not_matter(usual: list[int]) -> None:
    assert volume_score(10, usual) == pytest.approx(volume_score(10, usual[::-1]))
