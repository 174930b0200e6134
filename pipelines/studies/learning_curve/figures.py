"""The plot of the learning curves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, NullLocator

from pipelines.plots import BLUE, BROWN, GREY, saved_figure
from pipelines.studies.learning_curve.analysis import Backtest, Curve, Result

_COLOURS = {"bert": BLUE, "tfidf": BROWN}
_DIAMOND: dict[str, Any] = {"fmt": "D", "markersize": 5, "markerfacecolor": "white", "capsize": 3}


def draw(result: Result, folder: Path) -> None:
    """Draw accuracy against training size, with the fitted laws beyond the available labels."""
    with saved_figure(folder / "learning_curve.png", width=7.2, height=4.6) as (_, axes):
        axes.axvline(result.available, color=GREY, linewidth=1)
        for name, curve in result.curves.items():
            _draw_curve(axes, name, curve, result.available)
        for name, test in result.backtests.items():
            _draw_backtest(axes, _COLOURS.get(name, GREY), test, result.available)
        _label_axes(axes, result)
        _draw_legend(axes, result.backtests)


def _draw_curve(axes: Any, name: str, curve: Curve, available: int) -> None:  # noqa: ANN401
    colour, (size, law, low, high) = _COLOURS.get(name, GREY), np.array(curve.grid).T
    axes.fill_between(size, 100 * low, 100 * high, color=colour, alpha=0.13, linewidth=0)
    axes.plot(size, 100 * law, color=colour, linestyle="--", linewidth=1.3)
    points = [point for point in curve.points if point.size < available]
    sizes = [point.size for point in points]
    lowest, highest, mean = 100 * np.array([(p.lowest, p.highest, p.accuracy.value) for p in points]).T
    axes.fill_between(sizes, lowest, highest, color=colour, alpha=0.25, linewidth=0)
    axes.plot(sizes, mean, color=colour, linewidth=1.8, marker="o", markersize=4, label=name)


def _draw_backtest(axes: Any, colour: str, test: Backtest, available: int) -> None:  # noqa: ANN401
    value, low, high = (100 * v for v in (test.predicted.value, test.predicted.low, test.predicted.high))
    # Beside the line, so that the bar and the star stay apart.
    bar = [[value - low], [high - value]]
    axes.errorbar([available * 0.93], [value], yerr=bar, color=colour, linewidth=1.2, **_DIAMOND)
    axes.scatter([available], [100 * test.measured.value], marker="*", s=130, color=colour, edgecolor="white", zorder=3)


def _label_axes(axes: Any, result: Result) -> None:  # noqa: ANN401
    available, curves = result.available, result.curves.values()
    axes.set_xscale("log")
    sizes = {point.size for curve in curves for point in curve.points}
    ahead = {round(step.multiple * available) for curve in curves for step in curve.ahead}
    axes.set_xticks(sorted(sizes | ahead | {available}))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", rotation=30)
    axes.set_xlabel("labelled headlines to learn from (log scale)")
    axes.set_ylabel("accuracy on the test part, %")
    axes.text(
        available, 1.0, " available labels", transform=axes.get_xaxis_transform(), va="top", color=GREY, fontsize=9
    )
    axes.margins(x=0.02)
    axes.set_title("Accuracy by number of labels")


def _draw_legend(axes: Any, backtests: Mapping[str, Backtest]) -> None:  # noqa: ANN401
    if backtests:
        axes.scatter([], [], marker="*", s=90, color=GREY, label="trained on everything")
        axes.errorbar([], [], yerr=[[], []], color=GREY, label="backtest prediction", **_DIAMOND)
    axes.plot([], [], color=GREY, linestyle="--", label="fitted power law")
    axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")
