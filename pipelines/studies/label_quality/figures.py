"""The plot of suspected labels: by class pair, and by origin of the label."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barometer.labels import CLASS_NAMES, N_CLASSES
from barometer.models.metrics import confusion
from barometer.stats import Rate
from pipelines.plots import BLUE, GREY, saved_figure
from pipelines.studies.label_quality.analysis import Result

Counts = NDArray[np.integer]


def draw(result: Result, folder: Path) -> None:
    """Draw the heat map of given against suggested class beside the rate of suspected labels by group."""
    pairs = confusion(np.asarray(result.given, dtype=int), np.asarray(result.suggested, dtype=int))
    with saved_figure(folder / "label_quality.png", width=9.6, height=4.2) as (figure, axes):
        axes.remove()
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
        _draw_pairs(left, pairs, np.asarray(result.class_counts))
        _draw_rates(right, result.rates)


def _draw_pairs(axes: Any, pairs: Counts, given: Counts) -> None:  # noqa: ANN401
    shares = pairs / np.maximum(given[:, None], 1)
    axes.grid(visible=False)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=max(shares.max(), 1e-9))
    for (row, column), share in np.ndenumerate(shares):
        if row == column:
            continue
        colour = "white" if share > 0.6 * shares.max() else "black"
        axes.text(column, row, f"{pairs[row, column]:,}\n({share:.1%})", ha="center", va="center", color=colour)
    axes.set_xticks(range(N_CLASSES), CLASS_NAMES)
    axes.set_yticks(range(N_CLASSES), CLASS_NAMES)
    axes.set_xlabel("class that the models suggest")
    axes.set_ylabel("class given")
    axes.set_title("Suspected labels (share of the given class)")


def _draw_rates(axes: Any, rates: Mapping[str, Rate]) -> None:  # noqa: ANN401
    names = [f"{name}\n({found.headlines:,} headlines)" for name, found in rates.items()]
    shares, low, high = (
        np.array([100 * getattr(found.share, key) for found in rates.values()]) for key in ("value", "low", "high")
    )
    axes.barh(names, shares, color=BLUE, height=0.55)
    axes.errorbar(shares, names, xerr=[shares - low, high - shares], fmt="none", ecolor="black", capsize=3, linewidth=1)
    for name, share, top in zip(names, shares, high, strict=True):
        axes.text(top + 0.02 * high.max(), name, f"{share:.1f}%", va="center", color=GREY, fontsize=9)
    axes.set_xlim(0, 1.15 * high.max())
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("suspected labels, % of the group, with Wilson interval")
    axes.set_title("By origin and class of the label")
