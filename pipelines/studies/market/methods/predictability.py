"""Whether one series predicts another beyond its own past: Granger's question, one lag at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.stats import norm

from barometer.stats import Estimate, holm

Floats = NDArray[np.float64]
_LEAST_ROWS = 30


@dataclass(frozen=True, slots=True)
class LagEffect:
    """What the predictor of `lag` periods before adds to the target's own last value.

    Attributes:
        lag: periods, at least 1.
        rows: periods in the regression.
        effect: change of the target for one standard deviation of the predictor, with its interval.
        p_value: two-sided, from the normal distribution.
        p_corrected: after Holm's correction over all effects tested together; `p_value` before that.
    """

    lag: int
    rows: int
    effect: Estimate
    p_value: float
    p_corrected: float


def lag_effect(target: Floats, predictor: Floats, lag: int, confidence: float = 0.95) -> LagEffect:
    """Regress target(t) on a constant, target(t - 1) and predictor(t - lag); series of shape (N,) without gaps in time.

    Errors are those of Newey and West (1987) with their bandwidth of 1994, floor(4 (n / 100)^(2/9)). NaN marks missing
    values: rows with one count as zeros in the sums over time, so that days apart are never taken for neighbours
    (Parzen 1963; Datta and Du 2012).

    Raises:
        ValueError: if fewer than 30 rows are complete.
    """
    past = np.column_stack([np.ones(len(target)), _delayed(target, 1), _delayed(predictor, lag)])
    complete = np.asarray(~np.isnan(np.column_stack([past, target])).any(axis=1), dtype=bool)
    rows = int(complete.sum())
    if rows < _LEAST_ROWS:
        raise ValueError(f"only {rows} periods are complete at lag {lag}; a regression needs {_LEAST_ROWS}")
    past[:, 2] /= np.std(past[complete, 2])
    design, response = np.where(complete[:, None], past, 0.0), np.where(complete, target, 0.0)
    bandwidth = int(4 * (rows / 100) ** (2 / 9))
    kernel = {"maxlags": bandwidth, "use_correction": False}
    fitted = sm.OLS(response, design).fit(cov_type="HAC", cov_kwds=kernel, use_t=False)
    value, error = float(fitted.params[2]), float(fitted.bse[2])
    reach = float(norm.ppf((1 + confidence) / 2)) * error
    p_value = float(fitted.pvalues[2])
    return LagEffect(lag, rows, Estimate(value, value - reach, value + reach), p_value, p_value)


def corrected(effects: Mapping[str, Sequence[LagEffect]]) -> dict[str, list[LagEffect]]:
    """The same effects with p-values corrected by Holm's method over all of them."""
    p_values = iter(holm([effect.p_value for found in effects.values() for effect in found]))
    return {name: [replace(effect, p_corrected=next(p_values)) for effect in found] for name, found in effects.items()}


def _delayed(series: Floats, lag: int) -> Floats:
    return np.concatenate([np.full(lag, np.nan), series[: len(series) - lag]])
