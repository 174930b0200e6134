"""The report of the market study says what its numbers say, whichever way they fall."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from barometer.stats import Estimate
from pipelines.studies.market.analysis import Daily, Result
from pipelines.studies.market.methods.lags import LagPoint
from pipelines.studies.market.methods.periods import MarketSettings
from pipelines.studies.market.methods.predictability import LagEffect
from pipelines.studies.market.methods.series import COEFFICIENTS, MEASURES, PAIRINGS, LagCorrelation
from pipelines.studies.report import pages

RUN = {"command": "c", "date": "2026-01-01", "wall_seconds": 1.0, "cores": 2, "python": "3.11", "versions": {"a": "1"}}
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
BUILT_IN = {"level_return": (0, 1), "level_fear_greed_change": (1, 2)}


def points(**at: float) -> list[LagPoint]:
    """0.02 at every lag but those named (`m1` is -1, `p2` is +2); the band is 0.10."""
    value = dict.fromkeys(range(-3, 4), 0.02)
    value |= {int(name[1:]) * (-1 if name[0] == "m" else 1): r for name, r in at.items()}
    return [
        LagPoint(lag, 200, Estimate(r, r - 0.05, r + 0.05), 0.001 if abs(r) > 0.1 else 0.6) for lag, r in value.items()
    ]


def effect(lag: int, value: float, p_value: float) -> LagEffect:
    return LagEffect(lag, 199, Estimate(value, value - 0.1, value + 0.1), p_value, p_value)


def result(p_holm: float = 0.004, p_forward: float = 0.5, p_back: float = 0.5, **changes: Any) -> Result:
    """Returns are correlated at 0 and +1, the index at +1 and +2, where `p_holm` is small."""
    strong = {"level_return": points(p0=0.3, p1=0.2), "level_fear_greed_change": points(p1=0.25, p2=0.15)}
    correlations = [
        LagCorrelation(pairing, measure, coefficient, strong.get(pairing, points()), 0.1, p_holm if main else None)
        for pairing in PAIRINGS
        for measure in MEASURES
        for coefficient in COEFFICIENTS
        for main in [measure == "positive" and coefficient == "pearson"]
    ]
    found = Result(
        params=PARAMS,
        built_in={},
        model="bert",
        version="abc",
        trained_on=["demo", "sentfin"],
        headlines=5000,
        first=date(2022, 1, 1),
        last=date(2022, 12, 31),
        used=200,
        correlations=correlations,
        effects={
            "news_first": [effect(1, 0.4, p_forward), effect(2, 0.01, 0.9)],
            "market_first": [effect(1, 2.0, p_back), effect(2, 0.1, 0.9)],
        },
        daily=Daily([], [], [], []),
    )
    return replace(found, **changes)


def with_returns(changed: list[LagPoint], base: Result) -> Result:
    correlations = [replace(c, points=changed) if c.pairing == "level_return" else c for c in base.correlations]
    return replace(base, correlations=correlations)


def report(found: Result) -> tuple[str, dict[str, str]]:
    return pages("market", "demo", found, RUN)


def finding(found: Result) -> str:
    return report(found)[1]["finding"]


def test_correlations_have_lag_sign_and_direction() -> None:
    said = finding(result())
    assert (
        "**correlates with BTC returns** at lags 0 (r = +0.30), +1 (r = +0.20): the same day and the market after the "
        "news. The strongest is r = 0.30 [0.25, 0.35] at lag 0 (p = 0.004 after correction for lags and pairings)."
    ) in said
    assert "at lags +1 (r = +0.25), +2 (r = +0.15): the market after the news." in said


def test_a_market_before_news_is_reported() -> None:
    said = finding(with_returns(points(m2=-0.2), result()))
    assert "at lag -2 (r = -0.20): the market before the news. The strongest is r = -0.20 [-0.25, -0.15]" in said


def test_insignificant_correlations_are_not_shown() -> None:
    said = finding(result(p_holm=0.2))
    assert "**not shown to correlate** with BTC returns at any lag" in said
    assert "(p = 0.20 after correction for lags and pairings); |r| up to 0.10 would not have shown." in said
    assert "**correlates" not in said


@pytest.mark.parametrize(
    ("p_forward", "p_back", "sentence"),
    [
        (0.5, 0.5, "are **not shown to help predict returns** (smallest p = 0.50); past returns are not shown"),
        (
            0.0001,
            0.5,
            "**help to predict returns**: 0.40 [0.30, 0.50]% at lag 1 (p < 0.001) for one standard deviation",
        ),
        (0.5, 0.01, "past returns help to predict the barometer (lag 1)."),
    ],
)
def test_prediction_is_reported_both_ways(p_forward: float, p_back: float, sentence: str) -> None:
    assert sentence in finding(result(p_forward=p_forward, p_back=p_back))


def test_a_simulated_market_is_checked() -> None:
    quoted = report(result(built_in=BUILT_IN))[1]
    assert "This market is **simulated**, as a control of the method" in quoted["finding"]
    assert "BTC returns were made to follow the news at lags 0, +1: exactly those are found" in quoted["finding"]
    assert "**simulated** prices" in quoted["method"]
    assert "made from the corpus's own labels" in quoted["limits"]
    wrong = finding(with_returns(points(p0=0.3, m3=-0.2), result(built_in=BUILT_IN)))
    assert "at lags 0, +1: missed +1, found besides -3" in wrong


def test_a_real_market_is_not_simulated() -> None:
    quoted = report(result())[1]
    assert not any("simulated" in text for text in quoted.values())
    assert "No cause, and no trading signal" in quoted["limits"]
    assert "The model, trained on demo and sentfin, makes errors" in quoted["limits"]


def test_tables_have_every_pairing_and_lag() -> None:
    page, quoted = report(result())
    lines = page.splitlines()
    for pairing in PAIRINGS.values():
        assert sum(line.startswith(f"| {pairing.title} |") for line in lines) == 2
    assert (
        "| barometer and BTC log return | 200 | 0.30 [0.25, 0.35] | 0.30 [0.25, 0.35] | 0 | ±0.10 | 0, +1 | 0.004 |"
    ) in lines
    assert "| pairing | positive, Spearman | balance, Pearson | balance, Spearman |" in page
    assert "| barometer and BTC log return | +0.30 at 0, p = 0.001 | +0.30 at 0, p = 0.001 | +0.30" in page
    assert "| 1 | 0.40 [0.30, 0.50] | 199 | 0.50 | 2.00 [1.90, 2.10] | 199 | 0.50 |" in lines
    assert PAIRINGS["level_return"].title in quoted["caption"] and "95% block-bootstrap" in quoted["caption"]


def test_weeks_are_called_weeks() -> None:
    quoted = report(result(params=PARAMS.model_copy(update={"every": "week"})))[1]
    assert "weekly mood" in quoted["question"]
    assert "-3 to +3 calendar weeks" in quoted["method"]
    assert "the same week" in quoted["finding"]
