"""The plots of the active-learning study: learning curves as small multiples, and differences to random sampling."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from barometer.query.strategies import STRATEGIES
from pipelines.plots import BLUE, GREY, saved_figure
from pipelines.studies.active_learning.analysis import BASELINE, Curve, LearnerResult, Result

_COLUMNS = 4
# Okabe and Ito's colours and a shape each, so that batch sizes differ without colour too.
_MARKS = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#000000", "v"))


def draw(result: Result, folder: Path) -> None:
    """Draw the learning curves of the main batch size, and every strategy's difference to random sampling."""
    draw_curves(result, folder / "learning_curves.png")
    draw_differences(result, folder / "differences.png")


def draw_curves(result: Result, path: Path) -> None:
    """Draw every strategy's accuracy curve beside that of random sampling, one panel each, a block for each learner."""
    rows = [-(-(len(one.by_size[result.main_query_size]) - 1) // _COLUMNS) for one in result.learners.values()]
    with saved_figure(path, 10.5, 0.3 + 2.6 * sum(rows)) as (figure, whole):
        whole.remove()
        blocks = figure.subfigures(len(rows), 1, height_ratios=rows, squeeze=False)[:, 0]
        for block, one, n in zip(blocks, result.learners.values(), rows, strict=True):
            axes = list(block.subplots(n, _COLUMNS, sharex=True, sharey=True, squeeze=False).flat)
            _draw_block(block, axes, one, result.main_query_size)
        lines = [*axes[0].lines[1:], axes[0].lines[0]]
        share = f"{result.target_share:.0%} of the accuracy with the whole pool"
        names = ["random sampling", "the strategy", share]
        figure.legend(lines, names, loc="outside lower center", ncols=3, frameon=False)


def _draw_block(block: Any, axes: Sequence[Any], one: LearnerResult, query_size: int) -> None:  # noqa: ANN401
    block.suptitle(f"{one.title}, batches of {query_size}", fontsize=11, fontweight="bold", x=0.01, ha="left")
    curves = {curve.strategy: curve for curve in one.by_size[query_size]}
    random = curves.pop(BASELINE)
    for ax, curve in zip(axes, curves.values(), strict=False):
        ax.axhline(one.target, color=GREY, linestyle=":", linewidth=1.2)
        _draw_line(ax, random, GREY)
        _draw_line(ax, curve, BLUE)
        ax.set_title(curve.title, fontsize=10, fontweight="normal")
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.tick_params(labelbottom=True)
    for ax in axes[len(curves) :]:
        ax.set_visible(False)
    block.supylabel("accuracy", fontsize=10)
    block.supxlabel("labels", fontsize=10)


def _draw_line(ax: Any, curve: Curve, colour: str) -> None:  # noqa: ANN401
    mean, low, high = ([getattr(point, key) for point in curve.accuracy] for key in ("value", "low", "high"))
    ax.fill_between(curve.labels, low, high, color=colour, alpha=0.18, linewidth=0)
    ax.plot(curve.labels, mean, color=colour, linewidth=1.6)


def draw_differences(result: Result, path: Path) -> None:
    """Draw the difference of each strategy's area to random sampling with its interval, a panel for each learner.

    Marks are filled where the difference is shown.
    """
    compared = {one.title: [c for c in one.curves if c.against_random] for one in result.learners.values()}
    run = {curve.strategy for curves in compared.values() for curve in curves}
    strategies = [strategy for strategy in STRATEGIES if strategy in run]
    sizes = sorted({curve.query_size for curves in compared.values() for curve in curves})
    with saved_figure(path, 2.0 + 4.0 * len(compared), 1.4 + 0.6 * len(strategies)) as (figure, whole):
        whole.remove()
        axes = figure.subplots(1, len(compared), sharex=True, sharey=True, squeeze=False)[0]
        for ax, (title, curves) in zip(axes, compared.items(), strict=True):
            _draw_forest(ax, curves, strategies, sizes)
            ax.set_title(title)
            ax.set_xlabel("area minus that of random sampling (points)")
        axes[0].set_yticks(range(len(strategies)), [STRATEGIES[s].title for s in strategies])
        axes[0].set_ylim(len(strategies) - 0.5, -0.5)
        marks = [Line2D([], [], color=colour, marker=marker) for colour, marker in _MARKS]
        names = [f"batches of {size}" for size in sizes]
        figure.legend(marks[: len(sizes)], names, loc="outside lower center", ncols=len(sizes), frameon=False)


def _draw_forest(ax: Any, curves: Sequence[Curve], strategies: Sequence[str], sizes: Sequence[int]) -> None:  # noqa: ANN401
    ax.axvline(0, color=GREY, linewidth=1)
    ax.grid(visible=False, axis="y")
    for curve in curves:
        assert curve.against_random is not None
        difference, k = curve.against_random.difference, sizes.index(curve.query_size)
        y = strategies.index(curve.strategy) + 0.22 * (k - (len(sizes) - 1) / 2)
        colour, marker = _MARKS[k % len(_MARKS)]
        fill = "white" if curve.against_random.verdict == "open" else colour
        ax.plot([100 * difference.low, 100 * difference.high], [y, y], color=colour, linewidth=1.4)
        ax.plot(100 * difference.value, y, marker, color=colour, markerfacecolor=fill)
    for y, strategy in enumerate(strategies):
        if strategy not in {curve.strategy for curve in curves}:
            ax.text(0.98, y, "not run", transform=ax.get_yaxis_transform(), color=GREY, va="center", ha="right")
