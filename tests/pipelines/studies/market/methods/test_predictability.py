"""Granger's question: known effects, robust errors over gaps, Holm's correction."""

import numpy as np
import pytest
import statsmodels.api as sm

from barometer.stats import holm
from pipelines.studies.market.methods.predictability import corrected, lag_effect


def followers(n: int, rng: np.random.Generator) -> "tuple[np.ndarray, np.ndarray]":
    """A predictor of standard deviation 2, and a target that follows it two days later and its own last value."""
    predictor = 2 * rng.standard_normal(n)
    target = np.zeros(n)
    for t in range(2, n):
        target[t] = 0.3 * target[t - 1] + 0.25 * predictor[t - 2] + rng.standard_normal()
    return target, predictor


def test_an_effect_is_found() -> None:
    target, predictor = followers(2000, np.random.default_rng(0))
    found = lag_effect(target, predictor, 2)
    assert found.rows == 1998
    assert found.effect.value == pytest.approx(0.5, abs=0.06)
    assert found.effect.low < found.effect.value < found.effect.high
    assert found.p_value < 1e-6
    assert lag_effect(predictor, target, 1).p_value > 0.01


def test_the_own_past_is_taken_out() -> None:
    """A predictor that is a noisy copy of the target's last value correlates with it but predicts nothing more."""
    rng = np.random.default_rng(1)
    target = np.zeros(3000)
    for t in range(1, 3000):
        target[t] = 0.6 * target[t - 1] + rng.standard_normal()
    copy = target + 0.5 * rng.standard_normal(3000)
    assert np.corrcoef(target[1:], copy[:-1])[0, 1] > 0.4
    assert lag_effect(target, copy, 1).p_value > 0.05


def test_errors_agree_with_newey_west() -> None:
    target, predictor = followers(300, np.random.default_rng(2))
    found = lag_effect(target, predictor, 1)
    design = np.column_stack([np.ones(299), target[:-1], predictor[:-1] / predictor[:-1].std()])
    kernel = {"maxlags": int(4 * (299 / 100) ** (2 / 9)), "use_correction": False}
    wanted = sm.OLS(target[1:], design).fit(cov_type="HAC", cov_kwds=kernel)
    assert found.effect.value == pytest.approx(wanted.params[2])
    assert found.effect.high - found.effect.value == pytest.approx(1.959964 * wanted.bse[2])
    assert found.p_value == pytest.approx(wanted.pvalues[2])


def test_missing_days_do_not_bias() -> None:
    """The errors of Parzen (1963), written out: products of rows count only at their true distance in days."""
    rng = np.random.default_rng(3)
    target, predictor = followers(400, rng)
    predictor[rng.random(400) < 0.4] = np.nan
    found = lag_effect(target, predictor, 1)
    days = np.flatnonzero(~np.isnan(predictor[:-1])) + 1
    scale = predictor[days - 1].std()
    design = np.column_stack([np.ones(len(days)), target[days - 1], predictor[days - 1] / scale])
    beta, *_ = np.linalg.lstsq(design, target[days], rcond=None)
    scores = design * (target[days] - design @ beta)[:, None]
    width = int(4 * (len(days) / 100) ** (2 / 9))
    distance = np.abs(days[:, None] - days[None, :])
    inner = scores.T @ np.clip(1 - distance / (width + 1), 0, None) @ scores
    outer = np.linalg.inv(design.T @ design)
    assert found.rows == len(days)
    assert found.effect.value == pytest.approx(beta[2])
    assert found.effect.value - found.effect.low == pytest.approx(1.959964 * np.sqrt((outer @ inner @ outer)[2, 2]))


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="only 20 periods are complete at lag 5; a regression needs 30"):
        lag_effect(np.arange(25.0), np.arange(25.0), 5)


def test_effects_are_corrected_together() -> None:
    target, predictor = followers(300, np.random.default_rng(4))
    raw = {
        "there": [lag_effect(target, predictor, lag) for lag in (1, 2)],
        "back": [lag_effect(predictor, target, 1)],
    }
    found = corrected(raw)
    p_values = [raw["there"][0].p_value, raw["there"][1].p_value, raw["back"][0].p_value]
    assert [found["there"][0].p_corrected, found["there"][1].p_corrected, found["back"][0].p_corrected] == holm(
        p_values
    )
    assert found["there"][1].p_value == p_values[1]
    assert [effect.lag for effect in found["there"]] == [1, 2]
