"""Figures of the study of drift: ROC AUC of every comparison, and the n-grams that drifted most."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from barometer.models.base import Floats
from barometer.stats import Estimate
from pipelines.plots import BLUE, BROWN, GREY, saved_figure
from pipelines.studies.drift.analysis import Result
from pipelines.studies.drift.methods.comparison import CHANCE, Comparison
from pipelines.studies.drift.methods.sides import WHOLE

_COLOURS = {"word": BLUE, "embedding": BROWN}


def draw(result: Result, folder: Path) -> None:
    """Draw `auc.png`, by group where there are several, and `ngrams.png`."""
    one_group = all(comparison.group == WHOLE for comparison in result.comparisons)
    (_plot_rows if one_group else _plot_groups)(result, folder / "auc.png")
    _plot_ngrams(result.newest, folder / "ngrams.png")


def _plot_rows(result: Result, path: Path) -> None:
    """One row for each pair and kind of features."""
    rows = [(c, name, m) for c in result.ordered for name, m in zip(result.lines, c.drift.measures, strict=True)]
    gaps = np.cumsum([k > 0 and rows[k - 1][0] is not c for k, (c, _, _) in enumerate(rows)])
    heights = -(np.arange(len(rows)) + 1.4 * gaps)
    with saved_figure(path, width=7.2, height=1.3 + 0.33 * len(rows)) as (figure, axes):
        axes.axvline(CHANCE, color="black", linewidth=1)
        for (comparison, _, measure), y in zip(rows, heights, strict=True):
            if measure is comparison.drift.measures[0]:
                title = result.titles[comparison.pair]
                axes.text(0.0, y + 0.75, title, transform=axes.get_yaxis_transform(), weight="bold")
            _whisker(axes, measure.control, y - 0.16, GREY, "D", 3.5)
            _whisker(axes, measure.auc, y + 0.12, _COLOURS[measure.features], "o", 6, hollow=measure.masked)
        axes.set_yticks(heights, [name for _, name, _ in rows])
        axes.set_ylim(heights[-1] - 0.7, 1.5)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("ROC AUC, newer against reference (0.5: no separation)")
        handles = [
            axes.plot([], [], "o", color="black", markersize=6, label="newer against reference")[0],
            axes.plot([], [], "o", color="black", markersize=6, mfc="white", label="the same, masked")[0],
            axes.plot([], [], "D", color=GREY, markersize=3.5, label="control: halves of the reference")[0],
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=3, frameon=False, fontsize=9)


def _whisker(axes: Any, auc: Estimate, y: float, colour: str, marker: str, size: float, hollow: bool = False) -> None:  # noqa: ANN401
    axes.plot([auc.low, auc.high], [y, y], color=colour, linewidth=1.4)
    axes.plot(auc.value, y, marker, color=colour, markersize=size, mfc="white" if hollow else colour)


def _plot_groups(result: Result, path: Path) -> None:
    """One panel for each pair, one line for each kind of features; a group that a pair lacks breaks its lines."""
    groups = sorted({comparison.group for comparison in result.comparisons})
    pairs = list(dict.fromkeys(comparison.pair for comparison in result.ordered))
    with saved_figure(path, width=7.6, height=1.1 + 2.5 * len(pairs)) as (figure, _):
        figure.clear()
        panels = np.atleast_1d(figure.subplots(len(pairs), 1, sharex=True, sharey=True))
        for panel, pair in zip(panels, pairs, strict=True):
            by_group = {c.group: c for c in result.comparisons if c.pair == pair}
            _draw_lines(panel, result.lines, [by_group.get(group) for group in groups])
            panel.set_ylabel("ROC AUC")
            panel.set_title(result.titles[pair])
        panels[0].set_ylim(top=1.02)
        panels[-1].set_xticks(range(len(groups)), groups)
        panels[-1].set_xlim(-0.5, len(groups) - 0.5)
        panels[-1].set_xlabel("year of the compared headlines")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=3, frameon=False, fontsize=9)


def _draw_lines(axes: Any, names: Sequence[str], by_group: Sequence[Comparison | None]) -> None:  # noqa: ANN401
    """One line for each kind of features over the groups, None where there is no comparison; the control beside it."""
    axes.axhline(CHANCE, color="black", linewidth=1)
    first = next(comparison for comparison in by_group if comparison).drift.measures
    x = np.arange(len(by_group))
    for k, (name, measure) in enumerate(zip(names, first, strict=True)):
        colour = _COLOURS[measure.features]
        style: dict[str, Any] = {
            "linestyle": "--" if measure.masked else "-",
            "markerfacecolor": "white" if measure.masked else colour,
            "linewidth": 1.2,
        }
        found = [comparison.drift.measures[k].auc if comparison else None for comparison in by_group]
        _whiskers(
            axes,
            x + 0.12 * (k - (len(first) - 1) / 2),
            found,
            color=colour,
            marker="o",
            markersize=4.5,
            label=name,
            **style,
        )
    worst = [max(c.controls, key=lambda control: abs(control.value - CHANCE)) if c else None for c in by_group]
    label = "control, farthest from 0.5"
    _whiskers(axes, x, worst, color=GREY, marker="D", markersize=3, linestyle="none", label=label)


def _whiskers(axes: Any, x: Floats, found: Sequence[Estimate | None], **style: Any) -> None:  # noqa: ANN401
    """Values with their intervals; a gap where there is none."""
    rows = [(e.value, e.value - e.low, e.high - e.value) if e else (np.nan,) * 3 for e in found]
    values, below, above = np.array(rows).T
    axes.errorbar(x, values, yerr=[below, above], elinewidth=1, **style)


def _plot_ngrams(comparison: Comparison, path: Path) -> None:
    """The z-scores of the n-grams that drifted most each way."""
    ngrams = comparison.ngrams
    y = -np.arange(len(ngrams))
    z = np.array([ngram.z for ngram in ngrams])
    with saved_figure(path, width=7.0, height=1.4 + 0.23 * max(len(ngrams), 4)) as (_, axes):
        axes.barh(y, z, color=np.where(z > 0, BLUE, BROWN), height=0.72)
        for height, ngram in zip(y, ngrams, strict=True):
            side = 1 if ngram.z > 0 else -1
            shares = f"{ngram.reference:.1%} → {ngram.newer:.1%}"
            place = {"xytext": (4 * side, 0), "textcoords": "offset points", "ha": "left" if side > 0 else "right"}
            axes.annotate(shares, (ngram.z, height), va="center", fontsize=8, color=GREY, **place)
        axes.axvline(0, color="black", linewidth=1)
        axes.set_yticks(y, [ngram.ngram for ngram in ngrams])
        axes.margins(x=0.22, y=0.02)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(
            "z of the log-odds ratio: less common ← → more common in newer headlines\n"
            "(beside the bars: share of headlines, reference → newer)"
        )
        axes.set_title("Drifted words" if comparison.group == WHOLE else f"Drifted words, {comparison.group}")
