"""Would more labels help? A power law through a learning curve, and how far seeds and test headlines determine it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barometer.labels import N_CLASSES
from barometer.models.base import Floats
from barometer.models.metrics import Labels
from barometer.stats import Estimate, censored, percentile_interval
from pipelines.studies.learning_curve.analysis import OUT_OF_REACH, POINT, Ahead, Backtest, Curve, CurvePoint
from pipelines.studies.learning_curve.methods.power_law import MIN_SIZES, PowerLaws, fit_power_laws

_GRID = 60


@dataclass(frozen=True)
class Runs:
    """Predicted classes of N test headlines by models trained on S sizes with R seeds each.

    Attributes:
        sizes: shape (S,), ascending, all below `available`.
        predicted: shape (S, R, N); models of one seed have learned from nested parts.
        available: headlines of the whole training part.
        full: what the model trained on all of them predicts, shape (N,), or None where there is no such model.
    """

    sizes: NDArray[np.int64]
    predicted: NDArray[np.int64]
    available: int
    full: NDArray[np.int64] | None

    def accuracies(self, labels: Labels) -> Floats:
        """Accuracy of every run below full size against the true classes, shape (S, R)."""
        return np.asarray((self.predicted == labels).mean(axis=2))


@dataclass(frozen=True)
class _Fits:
    """Fitted laws: first one to the data for each window of sizes, then one to each resample, its window drawn."""

    laws: PowerLaws
    windows: int
    confidence: float

    def estimate(self, figures: Floats) -> Estimate:
        """The median over the windows of the data, with the percentiles of the resamples, some of them infinite."""
        value = float(np.median(figures[: self.windows]))
        return percentile_interval(value, figures[self.windows :], self.confidence, between=False)


def extrapolate(
    runs: Runs,
    labels: Labels,
    multiples: Sequence[float],
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Curve:
    """Fit power laws to the mean accuracy over seeds and look ahead; all intervals are bootstrap percentiles.

    Every resample takes test headlines and seeds with replacement, the same for all sizes. As the smallest sizes may
    lie before the range in which a power law holds (the small-data region of Hestness et al. 2017), and where that
    begins is unknown, each also draws how many of the smallest sizes its fit leaves out; at least four stay, if there
    are four. A run on everything, where there is one, counts in the fit as one more size.

    Args:
        runs: predicted classes, which decide all scores.
        labels: true classes of the N test headlines, shape (N,).
        multiples: of the available labels.
        rng: draws the resamples.
        samples: of the bootstrap.
        confidence: of the intervals.

    Raises:
        ValueError: if fewer than three sizes were trained.
    """
    accuracy, macro_f1 = _resample(runs, labels, rng, samples)
    sizes = runs.sizes if runs.full is None else np.append(runs.sizes, runs.available)
    fits = _fit(sizes, accuracy, rng, confidence)
    laws, here = fits.laws, fits.laws.error(runs.available)
    wanted = laws.size_for(here - POINT)
    more = np.where(wanted <= OUT_OF_REACH * runs.available, wanted - runs.available, np.inf)
    return Curve(
        points=_points(sizes, accuracy, macro_f1, runs.accuracies(labels), confidence),
        asymptote=fits.estimate(laws.asymptote),
        exponent=fits.estimate(laws.exponent),
        undetermined=float(laws.at_bound[fits.windows :].mean()),
        ahead=[_ahead(fits, here, runs.available, multiple) for multiple in sorted(multiples)],
        last_step=_with_percentiles(accuracy[:, -1] - accuracy[:, -2], confidence),
        more_labels=censored(fits.estimate(more)),
        reachable=float(np.isfinite(more[fits.windows :]).mean()),
        backtest=None if runs.full is None else _backtest(runs, accuracy, labels, rng, confidence),
        grid=_grid(fits, int(sizes[fits.windows - 1]), runs.available * max(multiples)),
        resolution=1 / len(labels),
    )


def _with_percentiles(draws: Floats, confidence: float) -> Estimate:
    return percentile_interval(float(draws[0]), draws[1:], confidence, between=False)


def _resample(runs: Runs, labels: Labels, rng: np.random.Generator, samples: int) -> tuple[Floats, Floats]:
    """Mean accuracy and macro-F1 over seeds, shapes (D, S), or (D, S + 1) with the full size.

    Draw 0 is the data as they are, the others are resamples.
    """
    n, seeds = len(labels), runs.predicted.shape[1]
    counts = np.vstack([np.ones(n, dtype=np.int64), rng.multinomial(n, np.full(n, 1 / n), size=samples)])
    weights = np.vstack([np.ones(seeds), rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=samples)]) / seeds
    confusions = resampled_confusions(labels, runs.predicted, counts)
    scores = [(score(confusions) * weights.T).sum(axis=1).T for score in (accuracies, macro_f1s)]
    if runs.full is not None:
        full = resampled_confusions(labels, runs.full, counts)
        scores = [np.column_stack([s, score(full)]) for s, score in zip(scores, (accuracies, macro_f1s), strict=True)]
    return scores[0], scores[1]


def resampled_confusions(labels: Labels, predicted: Labels, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Confusion matrices of every run under every resample of the test headlines.

    Args:
        labels: true classes, shape (N,).
        predicted: shape (..., N).
        counts: how often each headline is drawn, shape (B, N).

    Returns:
        Shape (..., B, 3, 3): rows are true classes, columns predicted ones.
    """
    runs = predicted.reshape(-1, len(labels))
    cells = np.empty((len(runs), len(counts), N_CLASSES**2), dtype=np.int64)
    for confusions, run in zip(cells, runs, strict=True):
        # Products of floats run in BLAS, those of integers do not; counts this small are exact in both.
        one_hot = np.eye(N_CLASSES**2)[labels * N_CLASSES + run]
        confusions[:] = np.rint(counts.astype(float) @ one_hot)
    return cells.reshape(*predicted.shape[:-1], len(counts), N_CLASSES, N_CLASSES)


def accuracies(confusions: NDArray[np.int64]) -> Floats:
    """Accuracy of each matrix of shape (..., 3, 3)."""
    return np.asarray(np.trace(confusions, axis1=-2, axis2=-1) / confusions.sum(axis=(-2, -1)))


def macro_f1s(confusions: NDArray[np.int64]) -> Floats:
    """Unweighted mean of the classes' F1 of each matrix of shape (..., 3, 3), as `metrics.macro_f1` defines it."""
    right = np.diagonal(confusions, axis1=-2, axis2=-1)
    named = confusions.sum(axis=-2) + confusions.sum(axis=-1)
    return np.asarray((2 * right / np.maximum(named, 1)).mean(axis=-1))


def _fit(sizes: NDArray[np.int64], curve: Floats, rng: np.random.Generator, confidence: float) -> _Fits:
    windows = max(1, len(sizes) - MIN_SIZES)  # leaving out 0, 1, ... of the smallest, down to one size more than needed
    draws = np.concatenate([np.zeros(windows, dtype=np.int64), np.arange(1, len(curve))])
    left_out = np.concatenate([np.arange(windows), rng.integers(windows, size=len(curve) - 1)])
    used = np.arange(len(sizes)) >= left_out[:, None]
    return _Fits(fit_power_laws(sizes, 1 - curve[draws], used), windows, confidence)


def _points(
    sizes: NDArray[np.int64], accuracy: Floats, macro_f1: Floats, single: Floats, confidence: float
) -> list[CurvePoint]:
    points = []
    for k, size in enumerate(sizes):
        runs = single[k] if k < len(single) else accuracy[:1, k]
        points.append(
            CurvePoint(
                size=int(size),
                accuracy=_with_percentiles(accuracy[:, k], confidence),
                macro_f1=_with_percentiles(macro_f1[:, k], confidence),
                deviation=float(runs.std(ddof=1)) if len(runs) > 1 else None,
                lowest=float(runs.min()),
                highest=float(runs.max()),
            )
        )
    return points


def _ahead(fits: _Fits, here: Floats, available: int, multiple: float) -> Ahead:
    there = fits.laws.error(multiple * available)
    return Ahead(multiple, fits.estimate(1 - there), fits.estimate(here - there))


def _backtest(runs: Runs, curve: Floats, labels: Labels, rng: np.random.Generator, confidence: float) -> Backtest:
    smaller, full = curve[:, :-1], curve[:, -1]
    fits = _fit(runs.sizes, smaller, rng, confidence)
    # The curve is of means over seeds, while a single run is measured; runs deviate less the larger they are.
    deviation = float(np.sqrt(runs.accuracies(labels)[-2:].var(axis=1, ddof=1).mean()))
    predicted = 1 - fits.laws.error(runs.available)
    predicted[fits.windows :] += rng.normal(0.0, deviation, size=len(predicted) - fits.windows)
    measured = np.concatenate([np.full(fits.windows, full[0]), full[1:]])
    return Backtest(fits.estimate(predicted), _with_percentiles(full, confidence), fits.estimate(predicted - measured))


def _grid(fits: _Fits, smallest: int, largest: float) -> list[tuple[float, float, float, float]]:
    sizes = [float(size) for size in np.geomspace(smallest, largest, _GRID)]
    found = [fits.estimate(1 - fits.laws.error(size)) for size in sizes]
    return [(size, law.value, law.low, law.high) for size, law in zip(sizes, found, strict=True)]
