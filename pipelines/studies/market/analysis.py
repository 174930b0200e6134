"""The daily barometer beside the market: which headlines count, the series, and how they correlate by lag."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from barometer.labels import Label
from barometer.models.base import Floats
from barometer.settings import Positive, Section, Share
from barometer.stats import holm
from pipelines.studies.market.lags import Coefficient, LagCorrelation, correlate_lags
from pipelines.studies.market.predictability import LagEffect, corrected, lag_effect

Measure = Literal["positive", "balance"]
MEASURES: tuple[Measure, ...] = ("positive", "balance")


class Period(Section):
    """Days of a study, both ends included."""

    since: date
    until: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since > self.until:
            raise ValueError(f"since {self.since} is later than until {self.until}")
        return self


class MarketSettings(Section):
    """Parameters of the study.

    Attributes:
        corpora: whose headlines are scored.
        periods: disjoint and in order; empty for all days from the first headline to the last.
        trained: whether headlines that the model has learnt from count.
        every: day, or week from Monday; lags are counted in it.
        min_headlines: a day (week) with fewer counts as missing.
        max_lag: correlations reach from this many periods before to as many after the news.
        mean_block: mean length of the bootstrap's blocks, in periods.
        predict_lags: how many periods back the regressions look.
    """

    corpora: Annotated[list[str], Field(min_length=1)]
    periods: list[Period]
    trained: Literal["leave_out", "keep"]
    every: Literal["day", "week"]
    min_headlines: Positive
    max_lag: Annotated[int, Field(ge=1, le=30)]
    mean_block: Positive
    resamples: Annotated[int, Field(ge=100)]
    confidence: Share
    predict_lags: Annotated[int, Field(ge=1, le=30)]

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        for earlier, later in zip(self.periods, self.periods[1:], strict=False):
            if later.since <= earlier.until:
                raise ValueError(f"the period from {later.since} begins before that until {earlier.until} has ended")
        return self

    @property
    def lags(self) -> NDArray[np.int64]:
        """All lags studied, negative ones first."""
        return np.arange(-self.max_lag, self.max_lag + 1)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two series to correlate: the barometer itself or its change, and a column of the market.

    Attributes:
        news: `level`, or `change` from the period before.
        market: a column of the table that `align` makes.
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
class Comparison:
    """One pairing under one measure and coefficient; `p_holm` corrects over the pairings, None where exploratory."""

    pairing: str
    measure: Measure
    coefficient: Coefficient
    correlation: LagCorrelation
    p_holm: float | None = None

    @property
    def p_value(self) -> float:
        """Chance of the strongest correlation over all lags if the series were unrelated."""
        return float(self.correlation.p_value.min())


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
    table = table.reindex(pd.date_range(table.index.min(), table.index.max(), freq=_frequency(every), name="date"))
    table["headlines"] = table["headlines"].fillna(0).astype(int)
    table.loc[table["headlines"] < min_headlines, list(MEASURES)] = np.nan
    return table[["headlines", *MEASURES]]


def market_series(market: pd.DataFrame, every: str) -> pd.DataFrame:
    """The market by day or week: `price` and `fear_greed` (the last of the period), `return` and `fear_greed_change`.

    `return` is the log return since the period before; the index's change likewise. NaN where either end is unknown.
    """
    table = market.groupby(period_starts(pd.DatetimeIndex(market.index), every)).last()
    table = table.asfreq(_frequency(every)).rename_axis("date")
    return table.assign(**{"return": np.log(table["price"]).diff(), "fear_greed_change": table["fear_greed"].diff()})


def period_starts(days: pd.DatetimeIndex, every: str) -> pd.DatetimeIndex:
    """The day itself, or the Monday of its week."""
    return days if every == "day" else days - pd.to_timedelta(days.day_of_week, unit="D")


def in_periods(days: pd.DatetimeIndex, periods: Sequence[Period]) -> NDArray[np.bool_]:
    """Mask of the days that lie in any of the periods; all of them if there are no periods."""
    if not periods:
        return np.ones(len(days), dtype=bool)
    within = [(days >= pd.Timestamp(p.since)) & (days <= pd.Timestamp(p.until)) for p in periods]
    return np.asarray(np.logical_or.reduce(within))


def compare(
    news: pd.DataFrame, market: pd.DataFrame, params: MarketSettings, rng: np.random.Generator
) -> list[Comparison]:
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
            for coefficient in ("pearson", "spearman"):
                correlation = correlate_lags(
                    x, shifted, params.lags, rng, coefficient=coefficient,
                    mean_block=params.mean_block, samples=params.resamples, confidence=params.confidence,
                )  # fmt: skip
                found.append(Comparison(name, measure, coefficient, correlation))
    return _with_holm(found)


def lagged(series: pd.Series, rows: pd.DatetimeIndex, lags: NDArray[np.int64], every: str) -> NDArray[np.float64]:
    """Column j holds the series `lags[j]` calendar periods after each row; shape (rows, lags), NaN where unknown."""
    step = pd.Timedelta(days=1 if every == "day" else 7)
    return np.column_stack([series.reindex(rows + lag * step).to_numpy(dtype=float) for lag in lags.tolist()])


def predict_each_other(news: pd.DataFrame, market: pd.DataFrame, params: MarketSettings) -> dict[str, list[LagEffect]]:
    """Effects of the barometer on later returns (`news_first`, per cent) and back (`market_first`, barometer points).

    Raises:
        ValueError: if too few periods are complete.
    """
    inside = in_periods(pd.DatetimeIndex(news.index), params.periods)
    barometer = 100 * news["positive"].where(inside).to_numpy(dtype=float)
    returns = 100 * market["return"].reindex(news.index).to_numpy(dtype=float)
    lags = range(1, params.predict_lags + 1)
    # A return long after the last headline says nothing of the periods studied.
    own = np.where(inside, returns, np.nan)
    effects = {
        "news_first": [lag_effect(own, barometer, lag, params.confidence) for lag in lags],
        "market_first": [lag_effect(barometer, own, lag, params.confidence) for lag in lags],
    }
    return corrected(effects)


def _with_holm(found: list[Comparison]) -> list[Comparison]:
    """Correct over the pairings what the study was made to ask: the barometer itself, by Pearson's coefficient."""
    asked = [c.measure == MEASURES[0] and c.coefficient == "pearson" for c in found]
    p_values = iter(holm([c.p_value for c, main in zip(found, asked, strict=True) if main]))
    return [replace(c, p_holm=next(p_values)) if main else c for c, main in zip(found, asked, strict=True)]


def _frequency(every: str) -> str:
    return "D" if every == "day" else "W-MON"
