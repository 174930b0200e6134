"""How far the barometer of a window lies from the labelled share of positive headlines of that very window.

Three estimators are compared with the labels: the plain mean of the positive probabilities with the sampling interval
that was shown before, the adjusted value of `barometer.prevalence` with its own interval, and expectation maximisation.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barometer.labels import N_CLASSES, Label
from barometer.models.base import Floats
from barometer.models.metrics import Labels
from barometer.models.prevalence_fit import saerens_em
from barometer.prevalence import Prevalence, Spread
from barometer.prevalence import sampling_interval as interval_of_mean

SIZES = (50, 100, 200)
NEGATIVE_SHARE = 0.7
METHODS = ("plain", "adjusted", "em")
_Windows = NDArray[np.int64]
_ROUNDING = 1e-9


def by_date(dates: NDArray[np.str_], size: int, windows: int) -> _Windows:
    """Runs of `size` consecutive headlines by date, as positions of shape (W, size); undated ones are left out.

    The runs overlap, so that few headlines give more than a handful; of more than `windows` as many are taken, evenly.
    """
    order = np.argsort(dates, kind="stable")
    order = order[dates[order] != ""]
    if len(order) < size:
        return np.empty((0, size), dtype=np.int64)
    runs = np.lib.stride_tricks.sliding_window_view(order, size)
    return np.asarray(runs[np.linspace(0, len(runs) - 1, min(windows, len(runs))).astype(int)])


def at_random(headlines: int, size: int, windows: int, rng: np.random.Generator) -> _Windows:
    """Windows drawn with replacement, shape (windows, size)."""
    return rng.integers(headlines, size=(windows, size))


def mostly_negative(labels: Labels, size: int, windows: int, rng: np.random.Generator) -> _Windows:
    """Windows of which NEGATIVE_SHARE are negative, drawn with replacement among those and among all others.

    Empty where a part lacks one or the other.
    """
    negative, others = np.flatnonzero(labels == Label.NEGATIVE), np.flatnonzero(labels != Label.NEGATIVE)
    if not len(negative) or not len(others):
        return np.empty((0, size), dtype=np.int64)
    count = round(NEGATIVE_SHARE * size)
    drawn = rng.choice(negative, (windows, count)), rng.choice(others, (windows, size - count))
    return np.concatenate(drawn, axis=1)


def sampling_interval(positive: Floats) -> tuple[Floats, Floats]:
    """`barometer.prevalence.sampling_interval` of windows of shape (W, n): two arrays of shape (W,)."""
    means, variances = positive.mean(axis=1).tolist(), positive.var(axis=1).tolist()
    bounds = [interval_of_mean(m, v, positive.shape[1]) for m, v in zip(means, variances, strict=True)]
    low, high = np.array(bounds).reshape(-1, 2).T
    return low, high


def half_width(prevalence: Prevalence, size: int) -> float:
    """Half of the 95% interval of a window; 0 where the model's error was not measured."""
    return Spread(prevalence.variance or 0.0, prevalence.bias_variance).half_width(size)


def errors_of(
    labels: Labels, probabilities: Floats, windows: _Windows, prevalence: Prevalence, priors: Floats
) -> dict[str, dict[str, float]]:
    """Figures of each of METHODS over windows of one size, positions of shape (W, n).

    Args:
        labels: of the N headlines that the windows are drawn from.
        probabilities: calibrated, shape (N, 3).
        windows: at least one.
        prevalence: what adjusts.
        priors: class shares that expectation maximisation starts from, shape (3,).

    Returns:
        For each method `bias`, `mean_absolute_error`, `low` and `high` (between which 95% of the errors lie), all in
        shares, and `coverage`: how often the interval holds the labelled share. Expectation maximisation has no
        interval.
    """
    truth = (labels == Label.POSITIVE)[windows].mean(axis=1)
    plain = probabilities[:, Label.POSITIVE][windows]
    adjusted = (probabilities @ np.array(prevalence.weights))[windows].mean(axis=1)
    low, high = sampling_interval(plain)
    half = half_width(prevalence, windows.shape[1])
    return {
        "plain": _figures(plain.mean(axis=1) - truth) | {"coverage": float(((low <= truth) & (truth <= high)).mean())},
        "adjusted": _figures(adjusted - truth)
        | {"coverage": float((np.abs(adjusted - truth) <= half + _ROUNDING).mean())},
        "em": _figures(saerens_em(probabilities[windows], priors)[:, Label.POSITIVE] - truth),
    }


def _figures(errors: Floats) -> dict[str, float]:
    low, high = np.quantile(errors, [0.025, 0.975])
    return {
        "bias": float(errors.mean()),
        "mean_absolute_error": float(np.abs(errors).mean()),
        "low": float(low),
        "high": float(high),
    }


def index_error(
    labels: Labels,
    probabilities: Floats,
    dates: NDArray[np.str_],
    prevalence: Prevalence,
    priors: Floats,
    rng: np.random.Generator,
    windows: int = 1000,
) -> dict[str, Any]:
    """Errors of the barometer on one part: windows `by_date`, `at_random` and `mostly_negative`, by size.

    Args:
        labels: shape (N,).
        probabilities: calibrated, shape (N, 3).
        dates: ISO 8601, empty where there is none, shape (N,).
        prevalence: what adjusts.
        priors: class shares of the calibration data, shape (3,).
        rng: draws the windows.
        windows: how many are taken of each kind and size, at most.

    Returns:
        `headlines`, `positive` (the labelled share), and for each kind and size what `errors_of` says. A kind that the
        part cannot fill (no dates, too few headlines, no negative ones) lacks the size.

    Raises:
        ValueError: if the shapes do not fit.
    """
    n = len(labels)
    if probabilities.shape != (n, N_CLASSES) or dates.shape != (n,):
        raise ValueError(f"{n} labels, probabilities {probabilities.shape} and dates {dates.shape} do not fit")
    kinds: Mapping[str, dict[int, _Windows]] = {
        "by_date": {size: by_date(dates, size, windows) for size in SIZES},
        "at_random": {size: at_random(n, size, windows, rng) for size in SIZES},
        "mostly_negative": {size: mostly_negative(labels, size, windows, rng) for size in SIZES},
    }
    found = {
        kind: {
            str(size): errors_of(labels, probabilities, drawn, prevalence, priors)
            for size, drawn in sizes.items()
            if len(drawn)
        }
        for kind, sizes in kinds.items()
    }
    return {"headlines": n, "positive": float((labels == Label.POSITIVE).mean()), **found}
