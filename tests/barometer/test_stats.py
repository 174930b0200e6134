import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.stats import Censored, Estimate, censored, holm, percentile_interval, rate, risk_ratio

pytestmark = pytest.mark.usefixtures("no_garbage_search")


def masks(cases: int, size: int, total: int = 100) -> tuple[np.ndarray, np.ndarray]:
    affected, group = np.zeros(total, dtype=bool), np.zeros(total, dtype=bool)
    affected[:cases], group[:size] = True, True
    affected[size:] = True  # outside the group, so of no account
    return affected, group


def test_a_rate_has_the_wilson_interval() -> None:
    found = rate(*masks(10, 50))
    assert (found.cases, found.headlines) == (10, 50)
    # (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n) for p = 0.2, n = 50, z = 1.959964
    assert found.share.value == 0.2
    assert found.share.low == pytest.approx(0.112437, abs=1e-6)
    assert found.share.high == pytest.approx(0.330371, abs=1e-6)


def test_an_empty_group_is_refused() -> None:
    with pytest.raises(ValueError, match="empty group"):
        rate(np.ones(3, dtype=bool), np.zeros(3, dtype=bool))


def test_risk_ratio_has_its_log_interval() -> None:
    ratio = risk_ratio(rate(*masks(20, 50)), rate(*masks(10, 50)))
    assert ratio is not None
    assert ratio.value == pytest.approx(2.0)
    spread = 1.959964 * np.sqrt(1 / 20 - 1 / 50 + 1 / 10 - 1 / 50)
    assert ratio.low == pytest.approx(2 * np.exp(-spread), rel=1e-5)
    assert ratio.high == pytest.approx(2 * np.exp(spread), rel=1e-5)


def test_without_cases_there_is_no_ratio() -> None:
    assert risk_ratio(rate(*masks(5, 50)), rate(*masks(0, 50))) is None
    assert risk_ratio(rate(*masks(0, 50)), rate(*masks(5, 50))) is None


def test_holm_multiplies_the_least_keeping_order() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_stays_between_raw_and_bonferroni(p_values: list[float]) -> None:
    given, adjusted = np.array(p_values), np.array(holm(p_values))
    assert np.all(adjusted >= given - 1e-12)
    assert np.all(adjusted <= np.minimum(given * len(given), 1) + 1e-12)
    assert np.all(np.diff(adjusted[np.argsort(given, kind="stable")]) >= -1e-12)


def test_infinite_draws_are_not_interpolated() -> None:
    draws = np.array([1.0, 2.0, 3.0, np.inf])
    assert percentile_interval(2.0, draws, 0.5, between=False) == Estimate(2.0, 1.0, 3.0)
    assert percentile_interval(2.0, np.array([1.0, 2.0, np.inf, np.inf]), 0.9, between=False).high == np.inf
    assert percentile_interval(2.5, np.array([1.0, 2.0, 3.0, 4.0]), 0.5) == Estimate(2.5, 1.75, 3.25)


def test_censored_figures_have_no_infinity() -> None:
    assert censored(Estimate(1.0, float("nan"), float("inf"))) == Censored(1.0, None, None)
