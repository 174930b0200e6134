import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from pipelines.studies.learning_curve.methods.power_law import EXPONENTS, PowerLaws, fit_power_laws

SIZES = np.array([125, 250, 500, 1000, 2000, 4000])


def law(size: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    return a + b * size**-c


@pytest.mark.parametrize(("a", "b", "c"), [(0.1, 3.0, 0.5), (0.0, 1.0, 0.2), (0.25, 8.0, 0.9)])
def test_recovers_the_law_behind_errors(a: float, b: float, c: float) -> None:
    found = fit_power_laws(SIZES, law(SIZES.astype(float), a, b, c)[None])
    assert found.exponent[0] == pytest.approx(c, rel=0.012)
    assert found.asymptote[0] == pytest.approx(a, abs=0.004)
    assert found.error(16000)[0] == pytest.approx(law(np.array(16000.0), a, b, c), abs=0.002)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.02, 0.9), min_size=6, max_size=6))
def test_scipy_finds_no_better_fit(errors: list[float]) -> None:
    seen = np.array(errors)
    found = fit_power_laws(SIZES, seen[None])
    assert found.asymptote[0] >= 0
    assert found.scale[0] >= 0
    ours = ((seen - law(SIZES.astype(float), found.asymptote[0], found.scale[0], found.exponent[0])) ** 2).sum()
    relative = SIZES / SIZES[0]
    bounds = ([0, 0, EXPONENTS[0]], [np.inf, np.inf, EXPONENTS[-1]])
    theirs, _ = curve_fit(law, relative, seen, p0=[0.1, 0.3, 0.5], bounds=bounds, maxfev=20000)
    assert ours <= ((seen - law(relative, *theirs)) ** 2).sum() + 1e-4


def test_unused_sizes_do_not_count() -> None:
    errors = law(SIZES.astype(float), 0.1, 3.0, 0.5)
    errors[:2] = 0.9
    used = np.array([[False, False, True, True, True, True]])
    whole, part = fit_power_laws(SIZES, errors[None]), fit_power_laws(SIZES, errors[None], used)
    assert part.exponent[0] == pytest.approx(0.5, rel=0.012)
    assert whole.exponent[0] != pytest.approx(0.5, rel=0.05)


def test_size_for_inverts_error() -> None:
    laws = PowerLaws(np.array([0.1, 0.2, 0.1]), np.array([2.0, 2.0, 0.0]), np.array([0.5, 0.5, 0.5]))
    # 0.1 + 2 n^-0.5 = 0.2 at n = 400; the second cannot go below its asymptote 0.2; the third is flat
    np.testing.assert_allclose(laws.size_for(np.full(3, 0.2)), [400.0, np.inf, np.inf])


def test_astronomical_sizes_are_infinite() -> None:
    slow = PowerLaws(np.array([0.0]), np.array([1e9]), np.array([0.02]))
    assert np.isinf(slow.size_for(np.array([1e-9]))[0])


def test_rising_errors_give_flat_law() -> None:
    found = fit_power_laws(SIZES, np.linspace(0.2, 0.4, 6)[None])
    assert found.scale[0] == 0
    assert found.asymptote[0] == pytest.approx(0.3)
    assert found.at_bound[0]


def test_too_few_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        fit_power_laws(SIZES[:2], np.full((1, 2), 0.3))
    with pytest.raises(ValueError, match="at least 3"):
        fit_power_laws(SIZES, np.full((1, 6), 0.3), np.arange(6)[None] < 2)
    with pytest.raises(ValueError, match=r"\(1, 5\)"):
        fit_power_laws(SIZES, np.full((1, 5), 0.3))
