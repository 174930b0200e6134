"""Plots as PNG, in one style that reads on light and dark pages alike (they carry their own white ground)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from barometer.labels import CLASS_NAMES
from barometer.models.base import Floats
from barometer.models.index_error import METHODS, NEGATIVE_SHARE

BLUE, BROWN, GREY = "#2563eb", "#92400e", "#6b7280"
_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e5e7eb",
    "svg.hashsalt": "barometer",
}

# Kinds of windows and ways to estimate, as `barometer.models.index_error` calls them, with their titles.
WINDOWS = {
    "by_date": "by date",
    "at_random": "drawn at random",
    "mostly_negative": f"{NEGATIVE_SHARE:.0%} negative",
}
_METHODS = {"plain": "plain mean", "adjusted": "adjusted", "em": "expectation maximisation"}
_MARKERS: dict[str, dict[str, Any]] = {
    "plain": {"color": BROWN, "marker": "s", "markersize": 5},
    "adjusted": {"color": BLUE, "marker": "o", "markersize": 6},
    "em": {"color": GREY, "marker": "^", "markersize": 5},
}
_ASIDE = {"plain": -0.22, "adjusted": 0.0, "em": 0.22}
_STRIPE, _TARGET = "#f3f4f6", "#dcfce7"
_WANTED_COVERAGE = (93, 97)  # percent
_SHOWN_FROM = 50  # percent; lower coverage is drawn at the edge, with its number


@contextmanager
def saved_figure(path: Path, width: float = 5.0, height: float = 4.2) -> Iterator[tuple[Figure, Any]]:
    """Give a figure and its axes, and save them as PNG on leaving; the same content gives the same bytes."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots()
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=130, metadata={"Software": None})


def plot_confusion(path: Path, counts: "np.ndarray[Any, Any]", title: str) -> None:
    """Draw a confusion matrix of shape (3, 3): colour and first number are shares of the true class."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with saved_figure(path) as (_, axes):
        axes.grid(visible=False)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share > 0.55 else "black"
            text = f"{share:.0%}\n({counts[row, column]})"
            axes.text(column, row, text, ha="center", va="center", color=colour)
        axes.set_xticks(range(3), CLASS_NAMES)
        axes.set_yticks(range(3), CLASS_NAMES)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        axes.set_title(title)


def plot_reliability(path: Path, rows: Floats, title: str) -> None:
    """Draw accuracy against confidence from rows of (mean confidence, accuracy, count); marks grow with the count."""
    with saved_figure(path) as (_, axes):
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfectly calibrated")
        sizes = 20 + 280 * rows[:, 2] / rows[:, 2].max()
        axes.plot(rows[:, 0], rows[:, 1], color=BLUE, linewidth=1)
        axes.scatter(rows[:, 0], rows[:, 1], s=sizes, color=BLUE, alpha=0.7, label="model (size: headlines)")
        axes.set_xlim(0.3, 1.02)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("confidence of the predicted class")
        axes.set_ylabel("accuracy")
        axes.legend(loc="lower right", frameon=False, markerscale=0.6)
        axes.set_title(title)


def plot_folds(path: Path, figures: dict[str, list[float]], title: str) -> None:
    """Draw one bar a fold for each figure, with its mean as a line."""
    with saved_figure(path, width=6.0) as (_, axes):
        folds = np.arange(len(next(iter(figures.values()))))
        width = 0.8 / len(figures)
        for k, ((name, values), colour) in enumerate(zip(figures.items(), (BLUE, BROWN), strict=False)):
            axes.bar(folds + (k - 0.5) * width, values, width * 0.92, color=colour, label=name)
            axes.axhline(float(np.mean(values)), color=colour, linestyle="--", linewidth=1)
            for x, value in zip(folds, values, strict=True):
                axes.text(x + (k - 0.5) * width, 0.02, f"{value:.2f}", ha="center", fontsize=8, color="white")
        axes.set_xticks(folds, [f"fold {i + 1}" for i in folds])
        axes.set_ylim(0, 1)
        axes.legend(loc="upper right", ncols=2, frameon=False, title="bars: folds, dashed: mean")
        axes.set_title(title)


def plot_index_error(path: Path, errors: Mapping[str, Any], title: str) -> None:
    """Draw the errors of one part, as `barometer.models.index_error.index_error` gives them, one row for each window.

    Left: the bias, and the range in which 95% of the errors lie. Right: how often the 95% interval holds the labelled
    share, before a band of what is wanted.
    """
    rows = [(kind, size, found) for kind in WINDOWS for size, found in errors[kind].items()]
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
        _finish(left, right, [f"{WINDOWS[kind]}, {size}" for kind, size, _ in rows])
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3, frameon=False)


def _draw_errors(axes: Any, method: str, found: list[Mapping[str, float]]) -> None:  # noqa: ANN401
    bias = [100 * figures["bias"] for figures in found]
    low = [b - 100 * figures["low"] for b, figures in zip(bias, found, strict=True)]
    high = [100 * figures["high"] - b for b, figures in zip(bias, found, strict=True)]
    places = [place + _ASIDE[method] for place in range(len(found))]
    axes.errorbar(
        bias, places, xerr=[low, high], linestyle="none", elinewidth=1.1, label=_METHODS[method], **_MARKERS[method]
    )


def _draw_coverage(axes: Any, method: str, coverage: list[float]) -> None:  # noqa: ANN401
    for place, share in enumerate(coverage):
        at, where = max(100 * share, _SHOWN_FROM), place + _ASIDE[method] / 2
        axes.plot(at, where, linestyle="none", **_MARKERS[method])
        if 100 * share < _SHOWN_FROM:
            axes.text(at + 1.5, where, f"{share:.0%}", va="center", fontsize=8, color=_MARKERS[method]["color"])


def _finish(left: Any, right: Any, labels: list[str]) -> None:  # noqa: ANN401
    left.axvline(0, color="#111827", linewidth=1, zorder=1)
    left.set_yticks(range(len(labels)), labels)
    left.set_ylim(len(labels) - 0.5, -0.5)
    left.set_xlabel("barometer minus labelled share, points:\nbias, and where 95% of the windows lie")
    right.axvspan(*_WANTED_COVERAGE, color=_TARGET, linewidth=0, zorder=0.5)
    right.set_xlim(_SHOWN_FROM - 2, 102)
    right.set_xlabel("labelled share inside the 95% interval,\n% of windows (wanted: band)")
    for axes in (left, right):
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
