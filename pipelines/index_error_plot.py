"""The plot of the barometer's error: bias with the range of errors, and how often the interval holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from barometer.models.index_error import METHODS
from pipelines.plots import BLUE, BROWN, GREY, saved_figure

KINDS = {"by_date": "by date", "at_random": "at random", "mostly_negative": "70 % negative"}
TITLES = {"plain": "plain mean", "adjusted": "adjusted", "em": "expectation maximisation"}
_STYLE: dict[str, dict[str, Any]] = {
    "plain": {"color": BROWN, "marker": "s", "markersize": 5},
    "adjusted": {"color": BLUE, "marker": "o", "markersize": 6},
    "em": {"color": GREY, "marker": "^", "markersize": 5},
}
_ASIDE = {"plain": -0.22, "adjusted": 0.0, "em": 0.22}
_STRIPE, _TARGET = "#f3f4f6", "#dcfce7"
_WANTED_COVERAGE = (93, 97)  # per cent
_SHOWN_FROM = 50  # per cent; lower coverage is drawn at the edge, with its number


def plot_index_error(path: Path, errors: Mapping[str, Any], title: str) -> None:
    """Draw the errors of one part, as `barometer.models.index_error.index_error` gives them, one row for each window.

    Left: the bias, and the range in which 95 % of the errors lie. Right: how often the 95 % interval holds the labelled
    share, before a band of what is wanted.
    """
    rows = [(kind, size, found) for kind in KINDS for size, found in errors[kind].items()]
    with saved_figure(path, width=9.2, height=1.7 + 0.42 * len(rows)) as (figure, first):
        first.remove()
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.7, 1])
        for place in range(0, len(rows), 2):
            for axes in (left, right):
                axes.axhspan(place - 0.5, place + 0.5, color=_STRIPE, linewidth=0, zorder=0)
        for method in METHODS:
            _draw_errors(left, method, [found[method] for _, _, found in rows])
        for method in ("plain", "adjusted"):
            _draw_coverage(right, method, [found[method]["coverage"] for _, _, found in rows])
        _finish(left, right, [f"{KINDS[kind]}, {size}" for kind, size, _ in rows])
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3, frameon=False)


def _draw_errors(axes: Any, method: str, found: list[Mapping[str, float]]) -> None:  # noqa: ANN401
    bias = [100 * figures["bias"] for figures in found]
    low = [b - 100 * figures["low"] for b, figures in zip(bias, found, strict=True)]
    high = [100 * figures["high"] - b for b, figures in zip(bias, found, strict=True)]
    places = [place + _ASIDE[method] for place in range(len(found))]
    axes.errorbar(
        bias, places, xerr=[low, high], linestyle="none", elinewidth=1.1, label=TITLES[method], **_STYLE[method]
    )


def _draw_coverage(axes: Any, method: str, coverage: list[float]) -> None:  # noqa: ANN401
    for place, share in enumerate(coverage):
        at, where = max(100 * share, _SHOWN_FROM), place + _ASIDE[method] / 2
        axes.plot(at, where, linestyle="none", **_STYLE[method])
        if 100 * share < _SHOWN_FROM:
            axes.text(at + 1.5, where, f"{share:.0%}", va="center", fontsize=8, color=_STYLE[method]["color"])


def _finish(left: Any, right: Any, labels: list[str]) -> None:  # noqa: ANN401
    left.axvline(0, color="#111827", linewidth=1, zorder=1)
    left.set_yticks(range(len(labels)), labels)
    left.set_ylim(len(labels) - 0.5, -0.5)
    left.set_xlabel("barometer minus labelled share, points:\nbias, and where 95 % of the windows lie")
    right.axvspan(*_WANTED_COVERAGE, color=_TARGET, linewidth=0, zorder=0.5)
    right.set_xlim(_SHOWN_FROM - 2, 102)
    right.set_xlabel("labelled share inside the 95 % interval,\n% of windows (wanted: band)")
    for axes in (left, right):
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
