"""The plots of the active-learning study: learning curves as small multiples, and differences to random sampling."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from barometer.query.strategies import STRATEGIES
from pipelines.plots import BLUE, GREY, saved_figure
from pipelines.studies.active_learning.curves import band
from pipelines.studies.active_learning.loop import Runs
from pipelines.studies.active_learning.settings import BASELINE, LearnerName
from pipelines.studies.active_learning.summary import Found, Row

_COLUMNS = 4
# Okabe and Ito's colours and a shape each, so that batch sizes are told apart without colour.
_MARKS = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#000000", "v"))


def plot_curves(path: Path, found: Mapping[LearnerName, Found], query_size: int, confidence: float) -> None:
    """Draw every strategy's accuracy curve beside that of random sampling, one panel each, a block for each learner."""
    strategies = {name: [row.strategy for row in _compared(one, query_size)] for name, one in found.items()}
    rows = [-(-len(compared) // _COLUMNS) for compared in strategies.values()]
    with saved_figure(path, 10.5, 0.3 + 2.6 * sum(rows)) as (figure, whole):
        whole.remove()
        blocks = figure.subfigures(len(found), 1, height_ratios=rows, squeeze=False)[:, 0]
        for block, one, compared, n in zip(blocks, found.values(), strategies.values(), rows, strict=True):
            title = f"{one.title}, batches of {query_size}"
            block.suptitle(title, fontsize=11, fontweight="bold", x=0.01, ha="left")
            axes = list(block.subplots(n, _COLUMNS, sharex=True, sharey=True, squeeze=False).flat)
            for ax, strategy in zip(axes, compared, strict=False):
                _panel(ax, one, query_size, strategy, confidence)
            for ax in axes[len(compared) :]:
                ax.set_visible(False)
            block.supylabel("accuracy", fontsize=10)
            block.supxlabel("labels", fontsize=10)
        lines = [*axes[0].lines[1:], axes[0].lines[0]]
        share = f"{one.target / one.full:.0%} of the accuracy with the whole pool"
        names = ["random sampling", "the strategy", share]
        figure.legend(lines, names, loc="outside lower center", ncols=3, frameon=False)


def _compared(found: Found, query_size: int | None = None) -> list[Row]:
    """The rows that are compared with random sampling, of one batch size or all."""
    return [row for row in found.rows if row.against_random and query_size in {None, row.query_size}]


def _panel(ax: Any, one: Found, query_size: int, strategy: str, confidence: float) -> None:  # noqa: ANN401
    ax.axhline(one.target, color=GREY, linestyle=":", linewidth=1.2)
    _line(ax, one.runs[query_size, BASELINE], confidence, GREY)
    _line(ax, one.runs[query_size, strategy], confidence, BLUE)
    ax.set_title(STRATEGIES[strategy].title, fontsize=10, fontweight="normal")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(labelbottom=True)


def _line(ax: Any, run: Runs, confidence: float, colour: str) -> None:  # noqa: ANN401
    mean, low, high = band(run.accuracy, confidence)
    ax.fill_between(run.labels, low, high, color=colour, alpha=0.18, linewidth=0)
    ax.plot(run.labels, mean, color=colour, linewidth=1.6)


def plot_differences(path: Path, found: Mapping[LearnerName, Found], confidence: float) -> None:
    """Draw the difference of each strategy's area to random sampling with its interval, a panel for each learner.

    Marks are filled where the corrected p-value is below 1 - confidence.
    """
    rows = {name: _compared(one) for name, one in found.items()}
    strategies = [s for s in STRATEGIES if any(row.strategy == s for of_learner in rows.values() for row in of_learner)]
    sizes = sorted({row.query_size for of_learner in rows.values() for row in of_learner})
    with saved_figure(path, 2.0 + 4.0 * len(found), 1.4 + 0.6 * len(strategies)) as (figure, whole):
        whole.remove()
        axes = figure.subplots(1, len(found), sharex=True, sharey=True, squeeze=False)[0]
        for ax, (name, one) in zip(axes, found.items(), strict=True):
            _forest(ax, rows[name], strategies, sizes, confidence)
            ax.set_title(one.title)
            ax.set_xlabel("area minus that of random sampling (points)")
        axes[0].set_yticks(range(len(strategies)), [STRATEGIES[s].title for s in strategies])
        axes[0].set_ylim(len(strategies) - 0.5, -0.5)
        marks = [Line2D([], [], color=colour, marker=marker) for colour, marker in _MARKS]
        names = [f"batches of {size}" for size in sizes]
        figure.legend(marks[: len(sizes)], names, loc="outside lower center", ncols=len(sizes), frameon=False)


def _forest(ax: Any, rows: list[Row], strategies: list[str], sizes: list[int], confidence: float) -> None:  # noqa: ANN401
    ax.axvline(0, color=GREY, linewidth=1)
    ax.grid(visible=False, axis="y")
    for row in rows:
        assert row.against_random is not None
        difference, k = row.against_random.difference, sizes.index(row.query_size)
        y = strategies.index(row.strategy) + 0.22 * (k - (len(sizes) - 1) / 2)
        colour, marker = _MARKS[k % len(_MARKS)]
        fill = colour if row.against_random.adjusted < 1 - confidence else "white"
        ax.plot([100 * difference.low, 100 * difference.high], [y, y], color=colour, linewidth=1.4)
        ax.plot(100 * difference.value, y, marker, color=colour, markerfacecolor=fill)
    run = {row.strategy for row in rows}
    for y, strategy in enumerate(strategies):
        if strategy not in run:
            ax.text(0.98, y, "not run", transform=ax.get_yaxis_transform(), color=GREY, va="center", ha="right")
