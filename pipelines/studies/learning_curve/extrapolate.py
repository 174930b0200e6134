"""Would more labels help? A power law through a learning curve, with what seeds and test headlines leave open."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barometer.models.base import Floats
from barometer.models.metrics import Labels
from barometer.stats import Estimate
from pipelines.studies.learning_curve.analysis import Runs, accuracies, macro_f1s, resampled_confusions
from pipelines.studies.learning_curve.findings import OUT_OF_REACH, POINT, Ahead, Backtest, CurvePoint, Extrapolation
from pipelines.studies.learning_curve.power_law import MIN_SIZES, PowerLaws, fit_power_laws

_GRID = 60


@dataclass(frozen=True)
class _Scores:
    """Mean scores over seeds, shapes (D, S) or (D,); draw 0 is the data as they are, the others are resamples."""

    curve: Floats
    macro_f1: Floats
    full: Floats | None
    full_macro_f1: Floats | None


@dataclass(frozen=True)
class _Fits:
    """Fitted laws: first one to the data for each window of sizes, then one to each resample, its window drawn."""

    laws: PowerLaws
    windows: int
    confidence: float

    def estimate(self, figures: Floats) -> Estimate:
        """The median over the windows of the data, with the percentiles of the resamples."""
        value = float(np.median(figures[: self.windows]))
        return Estimate(value, *percentiles(figures[self.windows :], self.confidence))


def extrapolate(
    runs: Runs,
    labels: Labels,
    multiples: Sequence[float],
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Extrapolation:
    """Fit power laws to the mean accuracy over seeds and look ahead; all intervals are bootstrap percentiles.

    Every resample takes test headlines and seeds with replacement, the same for all sizes. As the smallest sizes may
    lie before the range in which a power law holds (the small-data region of Hestness et al. 2017), and where that
    begins is unknown, each also draws how many of the smallest sizes its fit leaves out; at least four stay, if there
    are four. A run on everything, where there is one, counts in the fit as one more size.

    Args:
        runs: predicted classes, which decide all scores.
        labels: true classes of the N test headlines, shape (N,).
        multiples: of the labels at hand.
        rng: draws the resamples.
        samples: of the bootstrap.
        confidence: of the intervals.

    Raises:
        ValueError: if fewer than three sizes were trained.
    """
    scores = _resample(runs, labels, rng, samples)
    sizes, curve = runs.sizes, scores.curve
    if scores.full is not None:
        sizes, curve = np.append(sizes, runs.available), np.column_stack([curve, scores.full])
    fits = _fit(sizes, curve, rng, confidence)
    laws, here = fits.laws, fits.laws.error(runs.available)
    wanted = laws.size_for(here - POINT)
    more = np.where(wanted <= OUT_OF_REACH * runs.available, wanted - runs.available, np.inf)
    return Extrapolation(
        points=_points(runs, scores, labels, confidence),
        asymptote=fits.estimate(laws.asymptote),
        exponent=fits.estimate(laws.exponent),
        undetermined=float(laws.at_bound[fits.windows :].mean()),
        ahead=[_ahead(fits, here, runs.available, multiple) for multiple in sorted(multiples)],
        last_step=_with_percentiles(curve[:, -1] - curve[:, -2], confidence),
        more_labels=fits.estimate(more),
        reachable=float(np.isfinite(more[fits.windows :]).mean()),
        backtest=_backtest(runs, scores, labels, rng, confidence),
        grid=_grid(fits, int(sizes[fits.windows - 1]), runs.available * max(multiples)),
        resolution=1 / len(labels),
    )


def percentiles(draws: Floats, confidence: float) -> tuple[float, float]:
    """Both bounds of the central interval of draws, some of which may be inf."""
    tail = (1 - confidence) / 2
    # Without interpolation, because between a number and inf there is nothing to interpolate.
    low, high = np.quantile(draws, [tail, 1 - tail], method="inverted_cdf")
    return float(low), float(high)


def _with_percentiles(draws: Floats, confidence: float) -> Estimate:
    return Estimate(float(draws[0]), *percentiles(draws[1:], confidence))


def _resample(runs: Runs, labels: Labels, rng: np.random.Generator, samples: int) -> _Scores:
    n, seeds = len(labels), runs.predicted.shape[1]
    counts = np.vstack([np.ones(n, dtype=np.int64), rng.multinomial(n, np.full(n, 1 / n), size=samples)])
    weights = np.vstack([np.ones(seeds), rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=samples)]) / seeds
    confusions = resampled_confusions(labels, runs.predicted, counts)
    curve, f1 = ((score(confusions) * weights.T).sum(axis=1).T for score in (accuracies, macro_f1s))
    if runs.full is None:
        return _Scores(curve, f1, None, None)
    full = resampled_confusions(labels, runs.full, counts)
    return _Scores(curve, f1, accuracies(full), macro_f1s(full))


def _fit(sizes: NDArray[np.int64], curve: Floats, rng: np.random.Generator, confidence: float) -> _Fits:
    windows = max(1, len(sizes) - MIN_SIZES)  # leaving out 0, 1, ... of the smallest, down to one size more than needed
    draws = np.concatenate([np.zeros(windows, dtype=np.int64), np.arange(1, len(curve))])
    left_out = np.concatenate([np.arange(windows), rng.integers(windows, size=len(curve) - 1)])
    used = np.arange(len(sizes)) >= left_out[:, None]
    return _Fits(fit_power_laws(sizes, 1 - curve[draws], used), windows, confidence)


def _points(runs: Runs, scores: _Scores, labels: Labels, confidence: float) -> list[CurvePoint]:
    deviations = [*runs.accuracies(labels).std(axis=1, ddof=1), float("nan")]
    sizes, curve, f1 = [*runs.sizes, runs.available], list(scores.curve.T), list(scores.macro_f1.T)
    if scores.full is not None and scores.full_macro_f1 is not None:
        curve, f1 = [*curve, scores.full], [*f1, scores.full_macro_f1]
    return [
        CurvePoint(
            int(size),
            _with_percentiles(accuracy, confidence),
            _with_percentiles(macro_f1, confidence),
            float(deviation),
        )
        for size, accuracy, macro_f1, deviation in zip(sizes, curve, f1, deviations, strict=False)
    ]


def _ahead(fits: _Fits, here: Floats, available: int, multiple: float) -> Ahead:
    there = fits.laws.error(multiple * available)
    return Ahead(multiple, fits.estimate(1 - there), fits.estimate(here - there))


def _backtest(
    runs: Runs, scores: _Scores, labels: Labels, rng: np.random.Generator, confidence: float
) -> Backtest | None:
    if scores.full is None:
        return None
    fits = _fit(runs.sizes, scores.curve, rng, confidence)
    # The curve is of means over seeds, while a single run is seen; runs deviate less the larger they are.
    deviation = float(np.sqrt(runs.accuracies(labels)[-2:].var(axis=1, ddof=1).mean()))
    predicted = 1 - fits.laws.error(runs.available)
    predicted[fits.windows :] += rng.normal(0.0, deviation, size=len(predicted) - fits.windows)
    seen = np.concatenate([np.full(fits.windows, scores.full[0]), scores.full[1:]])
    return Backtest(
        fits.estimate(predicted), _with_percentiles(scores.full, confidence), fits.estimate(predicted - seen)
    )


def _grid(fits: _Fits, smallest: int, largest: float) -> Floats:
    rows = []
    for size in np.geomspace(smallest, largest, _GRID):
        found = fits.estimate(1 - fits.laws.error(size))
        rows.append([size, found.value, found.low, found.high])
    return np.array(rows)
