"""Figures of adversarial validation: ROC AUC of every comparison, and the n-grams that drifted most."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from barometer.drift.measure import Measure
from barometer.models.base import Floats
from barometer.stats import Estimate
from pipelines.plots import BLUE, BROWN, GREY, saved_figure
from pipelines.studies.drift.analysis import Comparison
from pipelines.studies.drift.sides import WHOLE

_COLOURS = {"word": BLUE, "embedding": BROWN}
_AXIS = "ROC AUC, newer against reference (0.5: cannot be told apart)"
LINES = {
    ("word", False): "words",
    ("word", True): "words, masked",
    ("embedding", False): "embedding",
    ("embedding", True): "embedding, masked",
}


def line_name(measure: Measure) -> str:
    """What the classifier saw, in words."""
    return LINES[measure.features, measure.masked]


def plot_aucs(path: Path, comparisons: Sequence[Comparison], titles: dict[str, str]) -> None:
    """Draw the AUC of every comparison with its interval and its control, by group where there are several.

    Args:
        path: of the PNG.
        comparisons: at least one.
        titles: of the pairs, by name; their order is that of the panels.
    """
    if all(comparison.group == WHOLE for comparison in comparisons):
        _plot_rows(path, comparisons, titles)
    else:
        _plot_groups(path, comparisons, titles)


def _plot_rows(path: Path, comparisons: Sequence[Comparison], titles: dict[str, str]) -> None:
    """One row for each pair and kind of features."""
    rows = [(c, m) for pair in titles for c in comparisons if c.pair == pair for m in c.result.measures]
    gaps = np.cumsum([k > 0 and rows[k - 1][0] is not c for k, (c, _) in enumerate(rows)])
    heights = -(np.arange(len(rows)) + 1.4 * gaps)
    with saved_figure(path, width=7.2, height=1.3 + 0.33 * len(rows)) as (figure, axes):
        axes.axvline(0.5, color="black", linewidth=1)
        for (comparison, measure), y in zip(rows, heights, strict=True):
            if measure is comparison.result.measures[0]:
                axes.text(0.0, y + 0.75, titles[comparison.pair], transform=axes.get_yaxis_transform(), weight="bold")
            _whisker(axes, measure.control, y - 0.16, GREY, "D", 3.5)
            _whisker(axes, measure.auc, y + 0.12, _COLOURS[measure.features], "o", 6, hollow=measure.masked)
        axes.set_yticks(heights, [line_name(measure) for _, measure in rows])
        axes.set_ylim(heights[-1] - 0.7, 1.5)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(_AXIS)
        handles = [
            axes.plot([], [], "o", color="black", markersize=6, label="newer against reference")[0],
            axes.plot([], [], "o", color="black", markersize=6, mfc="white", label="the same, masked")[0],
            axes.plot([], [], "D", color=GREY, markersize=3.5, label="control: halves of the reference")[0],
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=3, frameon=False, fontsize=9)


def _whisker(axes: Any, auc: Estimate, y: float, colour: str, marker: str, size: float, hollow: bool = False) -> None:  # noqa: ANN401
    axes.plot([auc.low, auc.high], [y, y], color=colour, linewidth=1.4)
    axes.plot(auc.value, y, marker, color=colour, markersize=size, mfc="white" if hollow else colour)


def _plot_groups(path: Path, comparisons: Sequence[Comparison], titles: dict[str, str]) -> None:
    """One panel for each pair, one line for each kind of features; a group that a pair lacks breaks its lines."""
    groups = sorted({comparison.group for comparison in comparisons})
    pairs = [pair for pair in titles if any(c.pair == pair for c in comparisons)]
    with saved_figure(path, width=7.6, height=1.1 + 2.5 * len(pairs)) as (figure, _):
        figure.clear()
        panels = np.atleast_1d(figure.subplots(len(pairs), 1, sharex=True, sharey=True))
        for panel, pair in zip(panels, pairs, strict=True):
            by_group = {c.group: c for c in comparisons if c.pair == pair}
            _draw_lines(panel, [by_group.get(group) for group in groups])
            panel.set_ylabel("ROC AUC")
            panel.set_title(titles[pair])
        panels[0].set_ylim(top=1.02)
        panels[-1].set_xticks(range(len(groups)), groups)
        panels[-1].set_xlim(-0.5, len(groups) - 0.5)
        panels[-1].set_xlabel("year of the compared headlines")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=3, frameon=False, fontsize=9)


def _draw_lines(axes: Any, by_group: Sequence[Comparison | None]) -> None:  # noqa: ANN401
    """One line for each kind of features over the groups, None where there is no comparison; the control beside it."""
    axes.axhline(0.5, color="black", linewidth=1)
    first = next(comparison for comparison in by_group if comparison).result.measures
    x = np.arange(len(by_group))
    for k, measure in enumerate(first):
        values = _bounds([comparison.result.measures[k].auc if comparison else None for comparison in by_group])
        axes.errorbar(
            x + 0.12 * (k - (len(first) - 1) / 2),
            values[0],
            yerr=values[1:],
            color=_COLOURS[measure.features],
            linestyle="--" if measure.masked else "-",
            marker="o",
            markerfacecolor="white" if measure.masked else _COLOURS[measure.features],
            markersize=4.5,
            linewidth=1.2,
            elinewidth=1,
            label=line_name(measure),
        )
    control = _bounds([_worst_control(comparison) if comparison else None for comparison in by_group])
    label = "control, farthest from 0.5"
    axes.errorbar(
        x,
        control[0],
        yerr=control[1:],
        color=GREY,
        marker="D",
        markersize=3,
        linestyle="none",
        elinewidth=1,
        label=label,
    )


def _worst_control(comparison: Comparison) -> Estimate:
    return max((measure.control for measure in comparison.result.measures), key=lambda c: abs(c.value - 0.5))


def _bounds(estimates: Sequence[Estimate | None]) -> Floats:
    """Values and how far the bounds lie below and above them, shape (3, N); NaN where there is none."""
    return np.array([(e.value, e.value - e.low, e.high - e.value) if e else (np.nan,) * 3 for e in estimates]).T


def plot_ngrams(path: Path, comparison: Comparison) -> None:
    """Draw the z-scores of the n-grams that drifted most each way, masked if that was asked for."""
    ngrams = comparison.result.ngrams[comparison.main.masked]
    y = -np.arange(len(ngrams))
    z = np.array([ngram.z for ngram in ngrams])
    with saved_figure(path, width=7.0, height=1.4 + 0.23 * max(len(ngrams), 4)) as (_, axes):
        axes.barh(y, z, color=np.where(z > 0, BLUE, BROWN), height=0.72)
        for height, ngram in zip(y, ngrams, strict=True):
            side = 1 if ngram.z > 0 else -1
            shares = f"{ngram.reference:.1%} → {ngram.newer:.1%}"
            axes.annotate(
                shares, (ngram.z, height), (4 * side, 0), textcoords="offset points", va="center", fontsize=8,
                ha="left" if side > 0 else "right", color=GREY,
            )  # fmt: skip
        axes.axvline(0, color="black", linewidth=1)
        axes.set_yticks(y, [ngram.ngram for ngram in ngrams])
        axes.margins(x=0.22, y=0.02)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("z of the log-odds ratio: rarer ← → commoner in the newer headlines\n"
                        "(beside the bars: share of headlines, reference → newer)")  # fmt: skip
        axes.set_title("Drifted words" if comparison.group == WHOLE else f"Drifted words, {comparison.group}")
