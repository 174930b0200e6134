"""The plot of the learning curves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.ticker import FuncFormatter, NullLocator

from barometer.models.base import Floats
from pipelines.plots import BLUE, BROWN, GREY, saved_figure
from pipelines.studies.learning_curve.findings import Extrapolation

COLOURS = {"bert": BLUE, "tfidf": BROWN}


def plot_learning_curves(
    path: Path, curves: Mapping[str, Extrapolation], seen: Mapping[str, Floats], available: int
) -> None:
    """Draw accuracy against training size, with the fitted laws beyond the labels at hand.

    Args:
        path: where the PNG goes.
        curves: by model.
        seen: accuracy of every run, by model, shape (S, R): one row for each trained size below the full one.
        available: labels at hand, where the vertical line stands.
    """
    with saved_figure(path, width=7.2, height=4.6) as (_, axes):
        axes.axvline(available, color=GREY, linewidth=1)
        for name, curve in curves.items():
            _draw_curve(axes, name, curve, seen[name])
        _draw_backtests(axes, curves, available)
        _label_axes(axes, curves, available)


def _draw_curve(axes: Any, name: str, curve: Extrapolation, seen: Floats) -> None:  # noqa: ANN401
    colour = COLOURS.get(name, GREY)
    sizes = [point.size for point in curve.points][: len(seen)]
    law = curve.grid
    axes.fill_between(law[:, 0], 100 * law[:, 2], 100 * law[:, 3], color=colour, alpha=0.13, linewidth=0)
    axes.plot(law[:, 0], 100 * law[:, 1], color=colour, linestyle="--", linewidth=1.3)
    axes.fill_between(sizes, 100 * seen.min(axis=1), 100 * seen.max(axis=1), color=colour, alpha=0.25, linewidth=0)
    axes.plot(sizes, 100 * seen.mean(axis=1), color=colour, linewidth=1.8, marker="o", markersize=4, label=name)


def _draw_backtests(axes: Any, curves: Mapping[str, Extrapolation], available: int) -> None:  # noqa: ANN401
    for name, curve in curves.items():
        if curve.backtest is None:
            continue
        colour, test = COLOURS.get(name, GREY), curve.backtest
        value, low, high = (100 * v for v in (test.predicted.value, test.predicted.low, test.predicted.high))
        # Beside the line, so that the bar and the star stay apart.
        style = {"fmt": "D", "markersize": 5, "markerfacecolor": "white", "capsize": 3, "linewidth": 1.2}
        axes.errorbar([available * 0.93], [value], yerr=[[value - low], [high - value]], color=colour, **style)
        axes.scatter([available], [100 * test.seen.value], marker="*", s=130, color=colour, edgecolor="white", zorder=3)


def _label_axes(axes: Any, curves: Mapping[str, Extrapolation], available: int) -> None:  # noqa: ANN401
    axes.set_xscale("log")
    sizes = {point.size for curve in curves.values() for point in curve.points} - {available}
    ahead = {round(step.multiple * available) for curve in curves.values() for step in curve.ahead}
    axes.set_xticks(sorted(sizes | ahead | {available}))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", rotation=30)
    axes.set_xlabel("labelled headlines to learn from (log scale)")
    axes.set_ylabel("accuracy on the test part, %")
    axes.text(available, 1.0, " labels at hand", transform=axes.get_xaxis_transform(), va="top", color=GREY, fontsize=9)
    if any(curve.backtest for curve in curves.values()):
        axes.scatter([], [], marker="*", s=90, color=GREY, label="trained on everything")
        axes.errorbar([], [], yerr=[[], []], fmt="D", color=GREY, markerfacecolor="white", markersize=5, capsize=3,
                      label="foretold by smaller sizes")  # fmt: skip
    axes.plot([], [], color=GREY, linestyle="--", label="fitted power law")
    axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")
    axes.margins(x=0.02)
    axes.set_title("Accuracy by number of labels")
