"""The page of the market study says what its numbers say, whichever way they fall."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from barometer.stats import Estimate
from pipelines.studies.market.analysis import MEASURES, PAIRINGS, Comparison, MarketSettings
from pipelines.studies.market.findings import Findings
from pipelines.studies.market.lags import LagCorrelation
from pipelines.studies.market.page import market_page
from pipelines.studies.market.predictability import LagEffect

PARAMS = MarketSettings(
    corpora=["demo"],
    periods=[],
    trained="leave_out",
    every="day",
    min_headlines=2,
    max_lag=3,
    mean_block=14,
    resamples=1000,
    confidence=0.95,
    predict_lags=2,
)
LAGS = np.arange(-3, 4)


def correlation(**at: float) -> LagCorrelation:
    """0.02 at every lag but those named (`m1` is -1, `p2` is +2); the band is 0.10."""
    value = np.full(7, 0.02)
    for name, r in at.items():
        value[3 + int(name[1:]) * (-1 if name[0] == "m" else 1)] = r
    p_value = np.where(np.abs(value) > 0.1, 0.001, 0.6)
    return LagCorrelation(LAGS, np.full(7, 200), value, value - 0.05, value + 0.05, p_value, 0.1, 500)


def effect(lag: int, value: float, p_value: float) -> LagEffect:
    return LagEffect(lag, 199, Estimate(value, value - 0.1, value + 0.1), p_value, p_value)


def findings(p_holm: float = 0.004, p_forward: float = 0.5, p_back: float = 0.5, **changes: Any) -> Findings:
    """Returns are correlated at 0 and +1, the index at +1 and +2, where `p_holm` is small."""
    strong = {"level_return": correlation(p0=0.3, p1=0.2), "level_fear_greed_change": correlation(p1=0.25, p2=0.15)}
    comparisons = [
        Comparison(pairing, measure, coefficient, strong.get(pairing, correlation()), p_holm if main else None)
        for pairing in PAIRINGS
        for measure in MEASURES
        for coefficient in ("pearson", "spearman")
        for main in [measure == "positive" and coefficient == "pearson"]
    ]
    found = Findings(
        params=PARAMS,
        synthetic=False,
        model="bert",
        version="abc",
        trained_on=["demo", "sentfin"],
        headlines=5000,
        first=date(2022, 1, 1),
        last=date(2022, 12, 31),
        used=200,
        comparisons=comparisons,
        effects={
            "news_first": [effect(1, 0.4, p_forward), effect(2, 0.01, 0.9)],
            "market_first": [effect(1, 2.0, p_back), effect(2, 0.1, 0.9)],
        },
    )
    return replace(found, **changes)


def with_correlation(pairing: str, r: LagCorrelation, base: Findings) -> Findings:
    changed = [replace(c, correlation=r) if c.pairing == pairing else c for c in base.comparisons]
    return replace(base, comparisons=changed)


def test_correlations_are_told_with_lag_sign_and_direction() -> None:
    finding = market_page(findings()).finding
    assert (
        "**correlates with BTC returns** at lags 0 (r = +0.30), +1 (r = +0.20): the same day and the market after the "
        "news. The strongest is r = 0.30 [0.25, 0.35] at lag 0 (p = 0.004 after correction for lags and pairings)."
    ) in finding
    assert "at lags +1 (r = +0.25), +2 (r = +0.15): the market after the news." in finding


def test_a_market_that_comes_first_is_called_so() -> None:
    page = market_page(with_correlation("level_return", correlation(m2=-0.2), findings()))
    assert (
        "at lag -2 (r = -0.20): the market before the news. The strongest is r = -0.20 [-0.25, -0.15]" in page.finding
    )


def test_what_does_not_survive_the_correction_is_not_shown() -> None:
    finding = market_page(findings(p_holm=0.2)).finding
    assert "**not shown to correlate** with BTC returns at any lag" in finding
    assert "(p = 0.20 after correction for lags and pairings); |r| up to 0.10 would not have shown." in finding
    assert "**correlates" not in finding


@pytest.mark.parametrize(
    ("p_forward", "p_back", "sentence"),
    [
        (
            0.5,
            0.5,
            "past barometers are **not shown to help predict returns** (least p = 0.50); past returns are not shown",
        ),
        (
            0.0001,
            0.5,
            "**help to predict returns**: 0.40 [0.30, 0.50] % at lag 1 (p < 0.001) for one standard deviation",
        ),
        (0.5, 0.01, "past returns help to predict the barometer (lag 1)."),
    ],
)
def test_prediction_is_told_both_ways(p_forward: float, p_back: float, sentence: str) -> None:
    assert sentence in market_page(findings(p_forward=p_forward, p_back=p_back)).finding


def test_a_simulated_market_is_called_so_and_checked_against_what_was_built_in() -> None:
    page = market_page(findings(synthetic=True))
    assert "This market is **simulated**, as a control of the method" in page.finding
    assert "BTC returns were made to follow the news at lags 0, +1: exactly those are found" in page.finding
    assert "**simulated** prices" in page.method
    assert "made from the corpus's own labels" in page.limits
    wrong = market_page(with_correlation("level_return", correlation(p0=0.3, m3=-0.2), findings(synthetic=True)))
    assert "at lags 0, +1: missed +1, found besides -3" in wrong.finding


def test_a_real_market_is_not_called_simulated() -> None:
    page = market_page(findings())
    assert "simulated" not in page.finding + page.method + page.limits
    assert "No cause, and no trading signal" in page.limits
    assert "The model learnt from demo, sentfin" in page.limits


def test_tables_have_a_row_for_every_pairing_and_lag() -> None:
    body = market_page(findings()).body
    for pairing in PAIRINGS.values():
        assert sum(line.startswith(f"| {pairing.title} |") for line in body) == 2
    assert (
        "| barometer and BTC log return | 200 | 0.30 [0.25, 0.35] | 0.30 [0.25, 0.35] | 0 | ±0.10 | 0, +1 | 0.004 |"
        in body
    )
    assert "| 1 | 0.40 [0.30, 0.50] | 199 | 0.50 | 2.00 [1.90, 2.10] | 199 | 0.50 |" in body


def test_weeks_are_called_weeks() -> None:
    page = market_page(findings(params=PARAMS.model_copy(update={"every": "week"})))
    assert "weekly mood" in page.question
    assert "-3 to +3 calendar weeks" in page.method
    assert "the same week" in page.finding
