"""Plots as PNG, in one style that reads on light and dark pages alike (they carry their own white ground)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from barometer.labels import CLASS_NAMES
from barometer.models.base import Floats

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
