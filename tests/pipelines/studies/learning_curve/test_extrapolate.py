import numpy as np
import pytest

from pipelines.studies.learning_curve.analysis import Runs
from pipelines.studies.learning_curve.extrapolate import extrapolate, percentiles

N, SEEDS = 4000, 4
SIZES = np.array([125, 250, 500, 1000, 2000])


def made_up(errors: list[float], full: float | None, available: int = 8000) -> tuple[Runs, np.ndarray]:
    """Runs on N headlines of class 0 whose expected errors are given; wrong answers are class 1."""
    rng = np.random.default_rng(5)
    difficulty = rng.random(N)  # the same headlines are hard for every run, as in life

    def answers(error: float) -> np.ndarray:
        return (difficulty + rng.normal(0, 0.02, N) < error).astype(np.int64)

    predicted = np.stack([[answers(error) for _ in range(SEEDS)] for error in errors])
    labels = np.zeros(N, dtype=np.int64)
    sizes = SIZES[: len(errors)]
    return Runs(sizes, predicted, available, None if full is None else answers(full)), labels


def power(size: float) -> float:
    return float(0.1 + 3 * size**-0.5)


def test_foretells_the_law_that_made_the_runs() -> None:
    runs, labels = made_up([power(size) for size in SIZES], power(8000))
    found = extrapolate(runs, labels, [4, 2], np.random.default_rng(0), samples=300)
    assert [ahead.multiple for ahead in found.ahead] == [2, 4]
    for ahead in found.ahead:
        truth = power(8000) - power(8000 * ahead.multiple)
        assert ahead.gain.low <= truth <= ahead.gain.high
        assert ahead.gain.value == pytest.approx(truth, abs=0.01)
    assert found.helps
    # 0.1 + 3 n^-0.5 falls by a point from 0.13354 at n = 16,245
    assert found.more_labels.low <= 16245 - 8000 <= found.more_labels.high
    assert found.backtest is not None
    assert found.backtest.holds
    assert [point.size for point in found.points] == [*SIZES, 8000]
    assert found.points[0].accuracy.value == pytest.approx(1 - power(125), abs=0.02)
    assert found.last_step.value == pytest.approx(power(2000) - power(8000), abs=0.01)


def test_a_flat_curve_does_not_show_that_more_labels_help() -> None:
    runs, labels = made_up([0.3] * 5, 0.3)
    found = extrapolate(runs, labels, [2], np.random.default_rng(0), samples=300)
    assert not found.helps
    assert found.more_labels.high == np.inf
    assert found.reachable < 0.5
    assert found.undetermined > 0.05


def test_the_backtest_fails_where_the_curve_turns_after_the_small_sizes() -> None:
    runs, labels = made_up([power(size) for size in SIZES], power(8000) + 0.08)
    found = extrapolate(runs, labels, [2], np.random.default_rng(0), samples=300)
    assert found.backtest is not None
    assert not found.backtest.holds
    assert found.backtest.miss.value == pytest.approx(0.08, abs=0.02)


def test_without_a_run_on_everything_there_is_no_backtest() -> None:
    runs, labels = made_up([power(size) for size in SIZES[:3]], None)
    found = extrapolate(runs, labels, [2], np.random.default_rng(0), samples=100)
    assert found.backtest is None
    assert [point.size for point in found.points] == SIZES[:3].tolist()
    assert found.last_step.value == pytest.approx(power(250) - power(500), abs=0.02)


def test_the_same_generator_gives_the_same_numbers() -> None:
    runs, labels = made_up([power(size) for size in SIZES], power(8000))
    first, again = (extrapolate(runs, labels, [2], np.random.default_rng(1), samples=50) for _ in range(2))
    assert first.ahead == again.ahead
    assert first.backtest == again.backtest


def test_the_drawn_curve_begins_where_every_fit_begins_and_ends_at_the_last_multiple() -> None:
    runs, labels = made_up([power(size) for size in SIZES], power(8000))
    grid = extrapolate(runs, labels, [2, 4], np.random.default_rng(1), samples=50).grid
    assert grid[0, 0] == pytest.approx(500)  # six sizes with the full one, of which fits leave out up to two
    assert grid[-1, 0] == pytest.approx(32000)
    assert (grid[:, 2] <= grid[:, 3]).all()


def test_percentiles_pass_over_to_infinity_without_arithmetic() -> None:
    assert percentiles(np.array([1.0, 2.0, 3.0, np.inf]), 0.5) == (1.0, 3.0)
    assert percentiles(np.array([1.0, 2.0, np.inf, np.inf]), 0.9) == (1.0, np.inf)
