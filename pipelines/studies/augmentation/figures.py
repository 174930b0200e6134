"""The plot of what augmentation does: a forest of differences from training without copies."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.plots import BLUE, BROWN, GREY, saved_figure
from pipelines.studies.augmentation.analysis import FAILURE_RATE, REPEAT, Result
from pipelines.studies.augmentation.methods.crossed import Effect

_NAMES = {REPEAT: "repeat (control)"}
_SCORES = {"accuracy": (BLUE, "o", -0.14, "accuracy"), "macro_f1": (BROWN, "s", 0.14, "macro-F1")}


def draw(result: Result, folder: Path) -> None:
    """Draw each method's differences from no augmentation in percentage points, failure rates in their own panel."""
    effects = {figure: list(by_method.values()) for figure, by_method in result.against_none.items()}
    methods = list(result.against_none["accuracy"])
    with saved_figure(folder / "effects.png", width=8.6, height=1.9 + 0.42 * len(methods)) as (figure, first):
        first.remove()
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.5, 1])
        for name, (colour, mark, shift, label) in _SCORES.items():
            _forest(left, effects[name], shift, colour, mark, label)
        _forest(right, effects[FAILURE_RATE], 0.0, GREY, "D", "failure rate")
        left.set_yticks(range(len(methods)), [_NAMES.get(name, name.replace("_", " ")) for name in methods])
        left.set_ylim(len(methods) - 0.5, -0.5)
        _label(left, "Test headlines", "(better →)")
        _label(right, "Behavioural tests", "(← better)")
        entries = [entry for axes in (left, right) for entry in zip(*axes.get_legend_handles_labels(), strict=True)]
        figure.legend(*zip(*entries, strict=True), loc="outside lower center", ncols=3, frameon=False)


def _forest(axes: Any, effects: Sequence[Effect], shift: float, colour: str, mark: str, label: str) -> None:  # noqa: ANN401
    """One row for each effect; filled where it is significant."""
    rows = np.arange(len(effects)) + shift
    values = 100 * np.array([[e.difference.value, e.difference.low, e.difference.high] for e in effects])
    axes.hlines(rows, values[:, 1], values[:, 2], color=colour, linewidth=1.4)
    faces = [colour if e.sign else "white" for e in effects]
    axes.scatter(values[:, 0], rows, s=34, marker=mark, facecolors=faces, edgecolors=colour, linewidths=1.3, zorder=3)
    axes.scatter([], [], s=34, marker=mark, color=colour, label=label)


def _label(axes: Any, title: str, direction: str) -> None:  # noqa: ANN401
    axes.axvline(0, color="black", linewidth=1, zorder=1)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_title(title)
    axes.set_xlabel(f"difference from none, points\n{direction}")
