"""Correlation of two time series by lag, with intervals and a test that both respect autocorrelation.

Row t of `x` is the news of period t, row t of `shifted` the market of the periods around it, one column a lag. NaN
marks what is missing; every lag uses the rows where both are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from barometer.stats import Estimate, percentile_interval

Floats = NDArray[np.float64]
Coefficient = Literal["pearson", "spearman"]


@dataclass(frozen=True, slots=True)
class LagPoint:
    """The correlation at one lag.

    Attributes:
        lag: periods by which the market comes after the news; negative where it comes before.
        pairs: periods that it is computed from.
        r: the correlation with its pointwise block-bootstrap interval.
        p_value: chance of so strong a correlation at any of the lags if the series were unrelated (max-|r| test over
            circular shifts), so corrected for the number of lags.
    """

    lag: int
    pairs: int
    r: Estimate
    p_value: float


def correlate_lags(
    x: Floats,
    shifted: Floats,
    lags: Sequence[int],
    rng: np.random.Generator,
    *,
    coefficient: Coefficient = "pearson",
    mean_block: int,
    samples: int,
    confidence: float,
) -> tuple[list[LagPoint], float]:
    """Correlate `x`, shape (N,), with each column of `shifted`, shape (N, L).

    Returns:
        A point for each lag, and the band: if the series were unrelated, the largest |correlation| over all lags would
        stay below it with this confidence.

    Raises:
        ValueError: if N leaves no circular shift beyond the studied lags.
    """
    known = ~np.isnan(shifted) & ~np.isnan(x)[:, None]
    counts = resample_counts(stationary_bootstrap(len(x), mean_block, samples, rng))
    baseline = shifted_maxima(x, shifted, max(map(abs, lags)), coefficient)
    points = []
    for lag, column, rows in zip(lags, shifted.T, known.T, strict=True):
        pair = (x[rows], column[rows])
        value = float(weighted_correlation(np.ones((1, rows.sum())), *pair, coefficient)[0])
        draws = weighted_correlation(counts[:, rows], *pair, coefficient)
        interval = percentile_interval(value, draws[~np.isnan(draws)], confidence)
        p_value = float((1 + (baseline >= abs(value)).sum()) / (1 + len(baseline)))
        points.append(LagPoint(lag, int(rows.sum()), interval, p_value))
    return points, float(np.quantile(baseline, confidence, method="higher"))


def stationary_bootstrap(n: int, mean_block: int, samples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `samples` resamples of the positions 0 to n - 1, shape (samples, n).

    Blocks of consecutive positions start anywhere, have geometric lengths of mean `mean_block`, and run on from the
    last position to the first (Politis and Romano 1994). With `mean_block` 1 it is the ordinary bootstrap.

    Raises:
        ValueError: if there is no position, or `mean_block` is not between 1 and n.
    """
    if not 1 <= mean_block <= n:
        raise ValueError(f"blocks of mean length {mean_block} cannot be drawn from {n} positions")
    begins = rng.random((samples, n)) < 1.0 / mean_block
    begins[:, 0] = True
    positions = np.arange(n)
    begun_at = np.maximum.accumulate(np.where(begins, positions, 0), axis=1)
    first = rng.integers(0, n, size=(samples, n))
    return np.asarray((np.take_along_axis(first, begun_at, axis=1) + positions - begun_at) % n, dtype=np.int64)


def resample_counts(draws: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each position occurs in each resample: shape (samples, n), rows sum to n."""
    samples, n = draws.shape
    flat = (draws + n * np.arange(samples)[:, None]).ravel()
    return np.bincount(flat, minlength=samples * n).reshape(samples, n).astype(float)


def weighted_correlation(weights: Floats, x: Floats, y: Floats, coefficient: Coefficient = "pearson") -> Floats:
    """Correlation of x and y, each of shape (N,), where row i counts `weights[b, i]` times; shape (B,).

    With whole weights it is the correlation of the series with rows repeated so often (ties share their mean rank);
    NaN where one of the series does not vary.
    """
    a, b = (x[None, :], y[None, :]) if coefficient == "pearson" else (_mid_ranks(weights, x), _mid_ranks(weights, y))
    total = weights.sum(axis=1, keepdims=True)
    a = a - (weights * a).sum(axis=1, keepdims=True) / total
    b = b - (weights * b).sum(axis=1, keepdims=True) / total
    spread = np.sqrt((weights * a * a).sum(axis=1) * (weights * b * b).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weights * a * b).sum(axis=1) / spread)


def shifted_maxima(x: Floats, shifted: Floats, max_lag: int, coefficient: Coefficient = "pearson") -> Floats:
    """Largest |correlation| over all lags for every circular shift of `x` against the market; shape (S,).

    A circular shift keeps each series' own dependence and breaks the one between them. Shifts that would bring back one
    of the studied lags are left out. Ranks are those within each whole series.

    Raises:
        ValueError: if no shift is left.
    """
    n, apart = len(x), 2 * max_lag + 1
    if n < 2 * apart:
        raise ValueError(
            f"{n} periods leave no circular shift beyond lags of {max_lag}; at least {2 * apart} are needed"
        )
    series = x if coefficient == "pearson" else _ranked(x)
    market = shifted if coefficient == "pearson" else np.apply_along_axis(_ranked, 0, shifted)
    return np.asarray(np.nanmax(np.abs(_shifted_correlations(series, market)[apart : n - apart + 1]), axis=1))


def _shifted_correlations(x: Floats, market: Floats) -> Floats:
    """Pearson correlation of `np.roll(x, s)` with each column of `market` over known pairs; row s, shape (N, L)."""
    known_x, known_y = (~np.isnan(x)).astype(float), (~np.isnan(market)).astype(float)
    x, y = np.nan_to_num(x - np.nanmean(x)), np.nan_to_num(market - np.nanmean(market, axis=0))
    count = np.rint(_rolled_products(known_x, known_y))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = _rolled_products(x, known_y) / count, _rolled_products(known_x, y) / count
        variance_x = _rolled_products(x * x, known_y) / count - mean_x**2
        variance_y = _rolled_products(known_x, y * y) / count - mean_y**2
        correlations = (_rolled_products(x, y) / count - mean_x * mean_y) / np.sqrt(variance_x * variance_y)
    return np.asarray(correlations)


def _rolled_products(a: Floats, b: Floats) -> Floats:
    """Row s holds the inner products of `np.roll(a, s)` with the columns of `b`; shape (N, L), by Fourier transform."""
    spectrum = np.conj(np.fft.rfft(a))[:, None] * np.fft.rfft(b, axis=0)
    return np.asarray(np.fft.irfft(spectrum, n=len(a), axis=0))


def _ranked(series: Floats) -> Floats:
    known = ~np.isnan(series)
    ranks = np.full(len(series), np.nan)
    ranks[known] = _mid_ranks(np.ones((1, known.sum())), series[known])[0]
    return ranks


def _mid_ranks(weights: Floats, x: Floats) -> Floats:
    """Mean rank of each row's value among the rows as often as they count; shape (B, N)."""
    _, group = np.unique(x, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    sizes = np.add.reduceat(weights[:, order], starts, axis=1)
    return np.asarray((np.cumsum(sizes, axis=1) - sizes / 2 + 0.5)[:, group])
