"""The gap between two models and its two intervals, on made-up failures with known answers."""

import numpy as np
import pytest

from pipelines.studies.checklist.gap import failure_gap


def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def columns(
    cases: int = 100,
) -> tuple["np.ndarray[tuple[int], np.dtype[np.str_]]", "np.ndarray[tuple[int], np.dtype[np.str_]]"]:
    """Two tests of ten phrasings each."""
    tests = np.repeat(["one", "two"], cases)
    return tests, np.array([f"{test}{i % 10}" for i, test in enumerate(tests)])


def test_models_failing_alike_have_none() -> None:
    tests, phrasings = columns()
    failed = rng().random(len(tests)) < 0.4
    found = failure_gap(tests, phrasings, failed, failed, rng(), 200)
    assert (found.over_cases.value, found.over_cases.low, found.over_cases.high) == (0, 0, 0)


def test_gap_is_mean_over_tests() -> None:
    tests = np.array(["one"] * 4 + ["two"] * 2)
    a, b = np.array([1, 1, 1, 1, 0, 0], dtype=bool), np.array([1, 1, 0, 0, 0, 1], dtype=bool)
    found = failure_gap(tests, tests, a, b, rng(), 100)
    assert found.over_cases.value == found.over_phrasings.value == pytest.approx((0.5 - 0.5) / 2)
    assert found.over_phrasings.low == found.over_phrasings.high  # one phrasing a test has nothing to resample


def test_interval_over_cases_is_paired() -> None:
    tests = np.repeat(["one"], 400)
    a, b = np.zeros(400, dtype=bool), np.zeros(400, dtype=bool)
    a[:120], b[:40] = True, True
    found = failure_gap(tests, tests, a, b, rng(), 4000).over_cases
    error = 1.96 * np.sqrt(0.2 * 0.8 / 400)  # a fails 80 cases that b does not, and never the other way round
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.2 - error, 0.2 + error), abs=0.006)


def test_phrasings_failing_together_widen_intervals() -> None:
    tests, phrasings = columns()
    whole = np.array([name.endswith(("0", "1", "2", "3")) for name in phrasings])
    found = failure_gap(tests, phrasings, whole, np.zeros_like(whole), rng(), 1000)
    width = {
        key: interval.high - interval.low
        for key, interval in (("cases", found.over_cases), ("phrasings", found.over_phrasings))
    }
    assert found.over_phrasings.value == pytest.approx(0.4) and width["phrasings"] > 2 * width["cases"]


def test_columns_of_unequal_length_fail() -> None:
    tests, phrasings = columns()
    with pytest.raises(ValueError, match=r"\[200, 200, 200, 3\] rows"):
        failure_gap(tests, phrasings, np.ones(200, dtype=bool), np.ones(3, dtype=bool), rng())
    with pytest.raises(ValueError, match="at least one"):
        failure_gap(tests[:0], phrasings[:0], np.ones(0, dtype=bool), np.ones(0, dtype=bool), rng())
