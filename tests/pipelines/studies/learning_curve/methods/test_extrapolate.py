import numpy as np
import pytest

from barometer.models.metrics import accuracy, macro_f1
from pipelines.studies.learning_curve.methods.extrapolate import (
    Runs,
    accuracies,
    extrapolate,
    macro_f1s,
    resampled_confusions,
)

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


def test_predicts_the_law_behind_runs() -> None:
    runs, labels = made_up([power(size) for size in SIZES], power(8000))
    found = extrapolate(runs, labels, [4, 2], np.random.default_rng(0), samples=300)
    assert [ahead.multiple for ahead in found.ahead] == [2, 4]
    for ahead in found.ahead:
        truth = power(8000) - power(8000 * ahead.multiple)
        assert ahead.gain.low <= truth <= ahead.gain.high
        assert ahead.gain.value == pytest.approx(truth, abs=0.01)
    assert found.helps
    # 0.1 + 3 n^-0.5 falls by a point from 0.13354 at n = 16,245
    assert found.more_labels.low is not None
    assert found.more_labels.high is not None
    assert found.more_labels.low <= 16245 - 8000 <= found.more_labels.high
    assert found.backtest is not None
    assert found.backtest.holds
    assert [point.size for point in found.points] == [*SIZES, 8000]
    assert found.points[0].accuracy.value == pytest.approx(1 - power(125), abs=0.02)
    assert found.points[0].lowest <= found.points[0].accuracy.value <= found.points[0].highest
    assert [point.deviation is None for point in found.points] == [False] * 5 + [True]
    assert found.last_step.value == pytest.approx(power(2000) - power(8000), abs=0.01)


def test_flat_curve_shows_no_help() -> None:
    runs, labels = made_up([0.3] * 5, 0.3)
    found = extrapolate(runs, labels, [2], np.random.default_rng(0), samples=300)
    assert not found.helps
    assert found.more_labels.high is None
    assert found.reachable < 0.5
    assert not found.identified


def test_backtest_fails_where_curve_turns() -> None:
    runs, labels = made_up([power(size) for size in SIZES], power(8000) + 0.08)
    found = extrapolate(runs, labels, [2], np.random.default_rng(0), samples=300)
    assert found.backtest is not None
    assert not found.backtest.holds
    assert found.backtest.miss.value == pytest.approx(0.08, abs=0.02)


def test_no_full_run_no_backtest() -> None:
    runs, labels = made_up([power(size) for size in SIZES[:3]], None)
    found = extrapolate(runs, labels, [2], np.random.default_rng(0), samples=100)
    assert found.backtest is None
    assert [point.size for point in found.points] == SIZES[:3].tolist()
    assert found.last_step.value == pytest.approx(power(250) - power(500), abs=0.02)


def test_same_generator_gives_same_numbers() -> None:
    runs, labels = made_up([power(size) for size in SIZES], power(8000))
    first, again = (extrapolate(runs, labels, [2], np.random.default_rng(1), samples=50) for _ in range(2))
    assert first.ahead == again.ahead
    assert first.backtest == again.backtest


def test_grid_spans_common_sizes_to_multiple() -> None:
    runs, labels = made_up([power(size) for size in SIZES], power(8000))
    grid = extrapolate(runs, labels, [2, 4], np.random.default_rng(1), samples=50).grid
    assert grid[0][0] == pytest.approx(500)  # six sizes with the full one, of which fits leave out up to two
    assert grid[-1][0] == pytest.approx(32000)
    assert all(low <= high for _, _, low, high in grid)


def test_scores_of_confusions_are_the_metrics() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(3, size=50), rng.integers(3, size=(2, 4, 50))
    chosen = rng.integers(50, size=50)
    counts = np.vstack([np.ones(50, dtype=int), np.bincount(chosen, minlength=50)])
    found = resampled_confusions(labels, predicted, counts)
    assert found.shape == (2, 4, 2, 3, 3)
    hard = np.eye(3)[predicted[1, 2]]
    assert accuracies(found)[1, 2, 0] == pytest.approx(accuracy(labels, hard))
    assert macro_f1s(found)[1, 2, 0] == pytest.approx(macro_f1(labels, hard))
    assert accuracies(found)[1, 2, 1] == pytest.approx(accuracy(labels[chosen], hard[chosen]))
    assert macro_f1s(found)[1, 2, 1] == pytest.approx(macro_f1(labels[chosen], hard[chosen]))


def test_accuracies_of_runs() -> None:
    runs = Runs(np.array([10]), np.array([[[0, 1], [0, 2]]]), 20, None)
    assert runs.accuracies(np.array([0, 2])).tolist() == [[0.5, 1.0]]
