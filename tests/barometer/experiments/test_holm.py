import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.experiments.holm import holm


def test_the_least_counts_as_often_as_there_are_hypotheses_and_order_is_kept() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


@pytest.mark.slow
@settings(max_examples=20)  # statsmodels collects garbage at every call
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusting_lies_between_nothing_and_bonferroni_and_keeps_the_ranks(p_values: list[float]) -> None:
    given, adjusted = np.array(p_values), np.array(holm(p_values))
    assert np.all(adjusted >= given - 1e-12)
    assert np.all(adjusted <= np.minimum(given * len(given), 1) + 1e-12)
    assert np.all(np.diff(adjusted[np.argsort(given, kind="stable")]) >= -1e-12)
