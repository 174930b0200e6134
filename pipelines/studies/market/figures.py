"""Plots of the study of the market: the series over time, and correlations by lag."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import SubFigure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from pipelines.plots import BLUE, BROWN, GREY, saved_figure
from pipelines.studies.market.analysis import Daily, Result
from pipelines.studies.market.methods.periods import MarketSettings
from pipelines.studies.market.methods.series import LagCorrelation

_GREEN = "#047857"
_GAP_DAYS, _MOST_SPANS = 120, 4  # where time is cut, and into how many columns at most
_SHORT = {
    "level_return": "Barometer and BTC log return",
    "change_return": "Change of barometer, BTC log return",
    "level_fear_greed": "Barometer and Fear & Greed",
    "level_fear_greed_change": "Barometer and change of Fear & Greed",
    "change_fear_greed_change": "Change of both, Fear & Greed",
}


def draw(result: Result, folder: Path) -> None:
    """Draw (a) the series over time with (b, c) the main pairings by lag, and the other pairings by lag."""
    main = list(result.main.values())
    others = [correlation for correlation in result.asked if correlation not in main]
    with saved_figure(folder / "market.png", width=10.0, height=8.6) as (figure, axes):
        axes.remove()
        grid = figure.add_gridspec(2, 1, height_ratios=[1.25, 1])
        above, below = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
        _draw_time(above, result.daily, result.params.every)
        _draw_panels(below.subplots(1, len(main), sharey=True), main, result.params, first="b")
    with saved_figure(folder / "lags.png", width=4.2 * len(others), height=3.8) as (figure, axes):
        axes.remove()
        _draw_panels(figure.subplots(1, len(others)), others, result.params, first="a")


def time_spans(barometer: pd.Series) -> list[pd.DatetimeIndex]:
    """The days that count, cut in the middle of (at most) the three widest stretches of over 120 days without any."""
    used = pd.DatetimeIndex(barometer.index[barometer.notna()])
    gaps = np.diff(used)
    widest = np.argsort(-gaps.astype(float), kind="stable")[: _MOST_SPANS - 1]
    cuts = np.sort(widest[gaps[widest] > pd.Timedelta(days=_GAP_DAYS)]) + 1
    return [pd.DatetimeIndex(part) for part in np.split(used, cuts)]


def _draw_time(figure: SubFigure, daily: Daily, every: str) -> None:
    """One column a span, its width by its length; barometer and index above, price below."""
    days = pd.DatetimeIndex(list(daily.days))
    series = pd.DataFrame({k: getattr(daily, k) for k in ("barometer", "price", "fear_greed")}, days, dtype=float)
    spans = time_spans(series["barometer"])
    grid = {"width_ratios": [max((span[-1] - span[0]).days, _GAP_DAYS) for span in spans], "height_ratios": [1.5, 1]}
    columns = figure.subplots(2, len(spans), sharex="col", sharey="row", squeeze=False, gridspec_kw=grid).T
    window, name = (7, "barometer (7-day mean)") if every == "day" else (1, "barometer (weekly)")
    for (upper, lower), span in zip(columns, spans, strict=True):
        part = series[span[0] : span[-1]]
        smooth = 100 * part["barometer"].rolling(window, min_periods=min(window, 2), center=True).mean()
        upper.plot(part.index, part["fear_greed"], color=BROWN, linewidth=0.9, alpha=0.7, label="Fear & Greed")
        upper.plot(part.index, smooth, color=BLUE, linewidth=1.3, label=name)
        lower.plot(part.index, part["price"], color=_GREEN, linewidth=1)
        _tidy_time(upper, lower)
    for axes in columns[1:].ravel():
        axes.spines["left"].set_visible(False)
        axes.tick_params(left=False, which="both")
    columns[0, 0].set_ylabel("0 to 100")
    columns[0, 1].set_ylabel("BTC, US$ (log)")
    figure.suptitle("(a) Barometer, Fear & Greed index and price", x=0.01, ha="left", fontsize=11, fontweight="bold")
    handles, labels = columns[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", ncols=2, frameon=False)


def _tidy_time(upper: Any, lower: Any) -> None:  # noqa: ANN401
    upper.set_ylim(0, 100)
    lower.set_yscale("log")
    lower.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    lower.yaxis.set_minor_formatter(NullFormatter())
    locator = AutoDateLocator(minticks=2, maxticks=7)  # type: ignore[no-untyped-call]
    lower.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    lower.xaxis.set_major_formatter(formatter)


def _draw_panels(panels: Any, shown: Sequence[LagCorrelation], params: MarketSettings, first: str) -> None:  # noqa: ANN401
    for k, (axes, correlation) in enumerate(zip(panels, shown, strict=True)):
        _draw_lags(axes, correlation, f"{params.confidence:.0%}")
        axes.set_title(f"({chr(ord(first) + k)}) {_SHORT[correlation.pairing]}")
        axes.set_xlabel(f"lag, {params.every}s (market before news | after news)")
    panels[0].set_ylabel("correlation r")
    panels[-1].legend(loc="upper right", frameon=False, fontsize=8)


def _draw_lags(axes: Any, correlation: LagCorrelation, level: str) -> None:  # noqa: ANN401
    band = correlation.band
    lags = np.array([point.lag for point in correlation.points])
    value, low, high = np.array([[p.r.value, p.r.low, p.r.high] for p in correlation.points]).T
    axes.axhspan(-band, band, color=GREY, alpha=0.15, linewidth=0, label=f"{level} band of unrelated series")
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
    axes.vlines(lags, low, high, color=BLUE, linewidth=1.4, label=f"{level} block-bootstrap interval")
    beyond = np.abs(value) > band
    axes.plot(lags[~beyond], value[~beyond], "o", color=BLUE, markerfacecolor="white", label="within the band")
    axes.plot(lags[beyond], value[beyond], "o", color=BLUE, label="outside: correlated")
    axes.set_xticks(lags[:: max(1, len(lags) // 15)])
    bottom, top = min(low.min(), -band), max(high.max(), band)
    axes.set_ylim(bottom - 0.08 * (top - bottom), top + 0.35 * (top - bottom))  # the legend is above the intervals
