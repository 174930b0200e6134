"""Parameters of the study, and the days and weeks that they choose."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from barometer.settings import Positive, Section, Share


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
        trained: whether headlines that the model learned from count.
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
    def lags(self) -> range:
        """All lags studied, negative ones first."""
        return range(-self.max_lag, self.max_lag + 1)


def period_starts(days: pd.DatetimeIndex, every: str) -> pd.DatetimeIndex:
    """The day itself, or the Monday of its week."""
    return days if every == "day" else days - pd.to_timedelta(days.day_of_week, unit="D")


def in_periods(days: pd.DatetimeIndex, periods: Sequence[Period]) -> NDArray[np.bool_]:
    """Mask of the days that lie in any of the periods; all of them if there are no periods."""
    if not periods:
        return np.ones(len(days), dtype=bool)
    within = [(days >= pd.Timestamp(p.since)) & (days <= pd.Timestamp(p.until)) for p in periods]
    return np.asarray(np.logical_or.reduce(within))


def frequency(every: str) -> str:
    """Days, or weeks from Monday, as pandas calls them."""
    return "D" if every == "day" else "W-MON"
