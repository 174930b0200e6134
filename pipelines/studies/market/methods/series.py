"""The daily or weekly barometer beside the market, and how they correlate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from barometer.labels import Label
from barometer.models.base import Floats
from barometer.stats import holm
from pipelines.studies.market.methods.lags import Coefficient, LagPoint, correlate_lags
from pipelines.studies.market.methods.periods import MarketSettings, frequency, in_periods, period_starts
from pipelines.studies.market.methods.predictability import LagEffect, corrected, lag_effect

Measure = Literal["positive", "balance"]
MEASURES: tuple[Measure, ...] = ("positive", "balance")
COEFFICIENTS: tuple[Coefficient, ...] = ("pearson", "spearman")


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two series to correlate: the barometer itself or its change, and a column of the market.

    Attributes:
        news: `level`, or `change` from the period before.
        market: a column of the table that `market_series` makes.
        title: for people.
    """

    news: Literal["level", "change"]
    market: str
    title: str


PAIRINGS: dict[str, Pairing] = {
    "level_return": Pairing("level", "return", "barometer and BTC log return"),
    "change_return": Pairing("change", "return", "change of the barometer and BTC log return"),
    "level_fear_greed": Pairing("level", "fear_greed", "barometer and Fear & Greed index"),
    "level_fear_greed_change": Pairing("level", "fear_greed_change", "barometer and change of Fear & Greed"),
    "change_fear_greed_change": Pairing("change", "fear_greed_change", "change of the barometer and of Fear & Greed"),
}


@dataclass(frozen=True, slots=True)
class LagCorrelation:
    """One pairing by lag, under one measure and coefficient.

    Attributes:
        points: one for each lag, negative ones first.
        band: if the series were unrelated, no correlation would leave it, with the study's confidence.
        p_holm: chance of the strongest correlation in that case, corrected over the pairings; None where exploratory.
    """

    pairing: str
    measure: Measure
    coefficient: Coefficient
    points: Sequence[LagPoint]
    band: float
    p_holm: float | None = None

    @property
    def title(self) -> str:
        """What is correlated."""
        return PAIRINGS[self.pairing].title

    @property
    def p_value(self) -> float:
        """Chance of the strongest correlation over all lags if the series were unrelated."""
        return min(point.p_value for point in self.points)

    @property
    def strongest(self) -> LagPoint:
        """The point of the largest absolute correlation."""
        return max(self.points, key=lambda point: abs(point.r.value))

    @property
    def same_time(self) -> LagPoint:
        """The point at lag 0."""
        return next(point for point in self.points if point.lag == 0)

    @property
    def outside(self) -> list[LagPoint]:
        """The points that leave the band."""
        return [point for point in self.points if abs(point.r.value) > self.band]


def news_series(days: pd.DatetimeIndex, probabilities: Floats, every: str, min_headlines: int) -> pd.DataFrame:
    """Average the probabilities (shape (N, 3), class order) of headlines by day or week, without gaps in time.

    Returns:
        `headlines`, `positive` (mean positive probability, in [0, 1]) and `balance` (mean positive minus negative, in
        [-1, 1]); both NaN where a period has fewer than `min_headlines`. Indexed by the period's first day.
    """
    positive = probabilities[:, Label.POSITIVE]
    scores = pd.DataFrame({"positive": positive, "balance": positive - probabilities[:, Label.NEGATIVE]})
    groups = scores.groupby(period_starts(days, every))
    table = groups.mean().assign(headlines=groups.size())
    table = table.reindex(pd.date_range(table.index.min(), table.index.max(), freq=frequency(every), name="date"))
    table["headlines"] = table["headlines"].fillna(0).astype(int)
    table.loc[table["headlines"] < min_headlines, list(MEASURES)] = np.nan
    return table[["headlines", *MEASURES]]


def market_series(market: pd.DataFrame, every: str) -> pd.DataFrame:
    """The market by day or week: `price` and `fear_greed` (the last of the period), `return` and `fear_greed_change`.

    `return` is the log return since the period before; the index's change likewise. NaN where either end is unknown.
    """
    table = market.groupby(period_starts(pd.DatetimeIndex(market.index), every)).last()
    table = table.asfreq(frequency(every)).rename_axis("date")
    return table.assign(**{"return": np.log(table["price"]).diff(), "fear_greed_change": table["fear_greed"].diff()})


def correlate(
    news: pd.DataFrame, market: pd.DataFrame, params: MarketSettings, rng: np.random.Generator
) -> list[LagCorrelation]:
    """Correlate every pairing under both measures and coefficients, lag by lag.

    Args:
        news: what `news_series` made; its rows outside the periods are not looked at.
        market: what `market_series` made, of any reach.
        params: checked parameters.
        rng: draws the bootstrap's blocks.

    Raises:
        ValueError: if the periods are too short for the lags.
    """
    rows = news.index[in_periods(pd.DatetimeIndex(news.index), params.periods)]
    found = []
    for measure in MEASURES:
        series = {"level": news[measure], "change": news[measure].diff()}
        for name, pairing in PAIRINGS.items():
            shifted = lagged(market[pairing.market], pd.DatetimeIndex(rows), params.lags, params.every)
            x = series[pairing.news].loc[rows].to_numpy(dtype=float)
            for coefficient in COEFFICIENTS:
                points, band = correlate_lags(
                    x, shifted, params.lags, rng, coefficient=coefficient,
                    mean_block=params.mean_block, samples=params.resamples, confidence=params.confidence,
                )  # fmt: skip
                found.append(LagCorrelation(name, measure, coefficient, points, band))
    return _with_holm(found)


def lagged(series: pd.Series, rows: pd.DatetimeIndex, lags: Sequence[int], every: str) -> NDArray[np.float64]:
    """Column j holds the series `lags[j]` calendar periods after each row; shape (rows, lags), NaN where unknown."""
    step = pd.Timedelta(days=1 if every == "day" else 7)
    return np.column_stack([series.reindex(rows + lag * step).to_numpy(dtype=float) for lag in lags])


def predict_each_other(news: pd.DataFrame, market: pd.DataFrame, params: MarketSettings) -> dict[str, list[LagEffect]]:
    """Effects of the barometer on later returns (`news_first`, percent) and back (`market_first`, barometer points).

    Raises:
        ValueError: if too few periods are complete.
    """
    inside = in_periods(pd.DatetimeIndex(news.index), params.periods)
    barometer = 100 * news["positive"].where(inside).to_numpy(dtype=float)
    returns = 100 * market["return"].reindex(news.index).to_numpy(dtype=float)
    lags = range(1, params.predict_lags + 1)
    # A return long after the last headline says nothing about the periods studied.
    own = np.where(inside, returns, np.nan)
    effects = {
        "news_first": [lag_effect(own, barometer, lag, params.confidence) for lag in lags],
        "market_first": [lag_effect(barometer, own, lag, params.confidence) for lag in lags],
    }
    return corrected(effects)


def _with_holm(found: list[LagCorrelation]) -> list[LagCorrelation]:
    """Correct the study's main question over the pairings: the barometer itself, by Pearson's coefficient."""
    asked = [c.measure == MEASURES[0] and c.coefficient == "pearson" for c in found]
    p_values = iter(holm([c.p_value for c, main in zip(found, asked, strict=True) if main]))
    return [replace(c, p_holm=next(p_values)) if main else c for c, main in zip(found, asked, strict=True)]
