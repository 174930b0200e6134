"""The plot of what augmentation does: a forest of differences from training without copies."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pipelines.plots import BLUE, BROWN, GREY, saved_figure
from pipelines.studies.augmentation.compare import FAILURE_RATE, Comparison
from pipelines.studies.augmentation.crossed import Effect
from pipelines.studies.augmentation.methods import REPEAT
from pipelines.studies.augmentation.tables import is_shown

_NAMES = {REPEAT: "repeat (control)"}
_SCORES = {"accuracy": (BLUE, "o", -0.14, "accuracy"), "macro_f1": (BROWN, "s", 0.14, "macro-F1")}


def plot_effects(path: Path, found: Comparison) -> None:
    """Draw each method's differences from no augmentation in percentage points, failure rates in their own panel."""
    methods = list(found.against_none["accuracy"])
    with saved_figure(path, width=8.6, height=1.9 + 0.42 * len(methods)) as (figure, first):
        first.remove()
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.5, 1])
        for name, (colour, mark, shift, label) in _SCORES.items():
            _forest(left, list(found.against_none[name].values()), shift, colour, mark, label)
        _forest(right, list(found.against_none[FAILURE_RATE].values()), 0.0, GREY, "D", "failure rate")
        left.set_yticks(range(len(methods)), [_NAMES.get(name, name.replace("_", " ")) for name in methods])
        left.set_ylim(len(methods) - 0.5, -0.5)
        _label(figure, left, right)


def _forest(axes: Any, effects: list[Effect], shift: float, colour: str, mark: str, label: str) -> None:  # noqa: ANN401
    """One row for each effect; filled where it is shown."""
    rows = np.arange(len(effects)) + shift
    values = 100 * np.array([[e.value, e.low, e.high] for e in effects])
    axes.hlines(rows, values[:, 1], values[:, 2], color=colour, linewidth=1.4)
    faces = [colour if is_shown(e) else "white" for e in effects]
    axes.scatter(values[:, 0], rows, s=34, marker=mark, facecolors=faces, edgecolors=colour, linewidths=1.3, zorder=3)
    axes.scatter([], [], s=34, marker=mark, color=colour, label=label)


def _label(figure: Figure, left: Any, right: Any) -> None:  # noqa: ANN401
    for axes in (left, right):
        axes.axvline(0, color="black", linewidth=1, zorder=1)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    left.set_title("Test headlines")
    right.set_title("Behavioural tests")
    left.set_xlabel("difference from none, points\n(better →)")
    right.set_xlabel("difference from none, points\n(← better)")
    handles = [handle for axes in (left, right) for handle in axes.get_legend_handles_labels()[0]]
    names = [name for axes in (left, right) for name in axes.get_legend_handles_labels()[1]]
    figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
