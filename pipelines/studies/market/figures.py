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
from pipelines.studies.market.analysis import PAIRINGS, Comparison, MarketSettings

_GREEN = "#047857"
_GAP_DAYS, _MOST_SPANS = 120, 4  # where time is cut, and into how many columns at most
_SHORT = {
    "level_return": "Barometer and BTC log return",
    "change_return": "Change of barometer, BTC log return",
    "level_fear_greed": "Barometer and Fear & Greed",
    "level_fear_greed_change": "Barometer and change of Fear & Greed",
    "change_fear_greed_change": "Change of both, Fear & Greed",
}


def plot_market(
    path: Path, news: pd.DataFrame, market: pd.DataFrame, comparisons: Sequence[Comparison], params: MarketSettings
) -> None:
    """Draw (a) the series over time, cut where there is no news, and (b, c) two correlations by lag."""
    with saved_figure(path, width=10.0, height=8.6) as (figure, axes):
        axes.remove()
        grid = figure.add_gridspec(2, 1, height_ratios=[1.25, 1])
        above, below = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
        _draw_time(above, time_spans(news), news, market, params)
        _draw_panels(below.subplots(1, len(comparisons), sharey=True), comparisons, params, first="b")


def plot_lags(path: Path, comparisons: Sequence[Comparison], params: MarketSettings) -> None:
    """Draw correlations by lag side by side."""
    with saved_figure(path, width=4.2 * len(comparisons), height=3.8) as (figure, axes):
        axes.remove()
        _draw_panels(figure.subplots(1, len(comparisons)), comparisons, params, first="a")


def time_spans(news: pd.DataFrame) -> list[pd.DatetimeIndex]:
    """The days that count, cut in the middle of (at most) the three widest stretches of over 120 days without any."""
    used = pd.DatetimeIndex(news.index[news["positive"].notna()])
    gaps = np.diff(used)
    widest = np.argsort(-gaps.astype(float), kind="stable")[: _MOST_SPANS - 1]
    cuts = np.sort(widest[gaps[widest] > pd.Timedelta(days=_GAP_DAYS)]) + 1
    return [pd.DatetimeIndex(part) for part in np.split(used, cuts)]


def _draw_time(
    figure: SubFigure, spans: list[pd.DatetimeIndex], news: pd.DataFrame, market: pd.DataFrame, params: MarketSettings
) -> None:
    """One column a span, its width by its length; barometer and index above, price below."""
    grid = {"width_ratios": [max((span[-1] - span[0]).days, _GAP_DAYS) for span in spans], "height_ratios": [1.5, 1]}
    columns = figure.subplots(2, len(spans), sharex="col", sharey="row", squeeze=False, gridspec_kw=grid).T
    window, name = (7, "barometer (7-day mean)") if params.every == "day" else (1, "barometer (weekly)")
    for (upper, lower), span in zip(columns, spans, strict=True):
        days = pd.DatetimeIndex(news.index[(news.index >= span[0]) & (news.index <= span[-1])])
        smooth = 100 * news["positive"].loc[days].rolling(window, min_periods=min(window, 2), center=True).mean()
        index = market["fear_greed"].reindex(days)
        upper.plot(days, index, color=BROWN, linewidth=0.9, alpha=0.7, label="Fear & Greed")
        upper.plot(days, smooth, color=BLUE, linewidth=1.3, label=name)
        lower.plot(days, market["price"].reindex(days), color=_GREEN, linewidth=1)
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


def _draw_panels(panels: Any, comparisons: Sequence[Comparison], params: MarketSettings, first: str) -> None:  # noqa: ANN401
    for k, (axes, comparison) in enumerate(zip(panels, comparisons, strict=True)):
        _draw_lags(axes, comparison, params)
        axes.set_title(f"({chr(ord(first) + k)}) {_SHORT[comparison.pairing]}")
        axes.set_xlabel(f"lag, {params.every}s (market before news | after news)")
    panels[0].set_ylabel("correlation r")
    panels[-1].legend(loc="upper right", frameon=False, fontsize=8)
    _leave_room(panels, comparisons)


def _leave_room(panels: Any, comparisons: Sequence[Comparison]) -> None:  # noqa: ANN401
    """Keep the legend clear of the highest interval."""
    for axes, comparison in zip(panels, comparisons, strict=True):
        r = comparison.correlation
        low, high = min(r.low.min(), -r.band), max(r.high.max(), r.band)
        axes.set_ylim(low - 0.08 * (high - low), high + 0.35 * (high - low))


def _draw_lags(axes: Any, comparison: Comparison, params: MarketSettings) -> None:  # noqa: ANN401
    r = comparison.correlation
    level = f"{params.confidence:.0%}"
    axes.axhspan(-r.band, r.band, color=GREY, alpha=0.15, linewidth=0, label=f"{level} band of unrelated series")
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
    axes.vlines(r.lags, r.low, r.high, color=BLUE, linewidth=1.4, label=f"{level} block-bootstrap interval")
    beyond = np.abs(r.value) > r.band
    axes.plot(r.lags[~beyond], r.value[~beyond], "o", color=BLUE, markerfacecolor="white", label="within the band")
    axes.plot(r.lags[beyond], r.value[beyond], "o", color=BLUE, label="outside: correlated")
    axes.set_xticks(r.lags[:: max(1, len(r.lags) // 15)])


def caption(comparisons: Sequence[Comparison], params: MarketSettings) -> str:
    """What `plot_market` shows, in words."""
    titles = " and (c) ".join(PAIRINGS[c.pairing].title for c in comparisons)
    return (
        "(a) The barometer beside the Fear & Greed index (0 to 100) and the price over time, cut where there is no "
        f"news. Correlation by lag of (b) {titles}: points, with {params.confidence:.0%} block-bootstrap intervals; "
        "grey: the band that the strongest lag of unrelated series stays in (circular shifts)."
    )
