"""The plot of the behavioural tests."""

from pathlib import Path
from typing import Any

import pandas as pd

from barometer.checks.results import wilson
from pipelines.plots import BLUE, BROWN, saved_figure
from pipelines.studies.checklist.tables import MODELS, TITLES, Comparison

_STYLE: dict[str, dict[str, Any]] = {
    "tfidf": {"color": BROWN, "marker": "s", "markersize": 4.5},
    "bert": {"color": BLUE, "marker": "o", "markersize": 5},
}
_ASIDE = {"tfidf": -0.17, "bert": 0.17}
_STRIPE = "#f3f4f6"


def plot_failure_rates(path: Path, found: Comparison) -> None:
    """Draw each model's failure rate of every test with its interval, tests under the heading of their capability."""
    rows = _with_headings(found.rates)
    tests = [(place, row) for place, row in enumerate(rows) if isinstance(row, dict)]
    with saved_figure(path, width=8.2, height=1.2 + 0.21 * len(rows)) as (_, axes):
        axes.grid(visible=False, axis="y")
        for place, _row in tests[::2]:
            axes.axhspan(place - 0.5, place + 0.5, color=_STRIPE, linewidth=0, zorder=0)
        for name in MODELS:
            _draw_model(axes, name, tests)
        _label_rows(axes, rows)
        axes.set_xlim(-2, 102)
        axes.set_xlabel("cases failed, % with 95 % interval (further left is better)")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.1)
        axes.set_title(f"Behavioural tests of {int(found.rates['cases'].iloc[0])} cases each")


def _with_headings(rates: pd.DataFrame) -> list[str | dict[Any, Any]]:
    """The tests, each capability's name before them."""
    rows: list[str | dict[Any, Any]] = []
    for capability, part in rates.groupby("capability", sort=False):
        rows += [str(capability), *part.to_dict("records")]
    return rows


def _draw_model(axes: Any, name: str, tests: list[tuple[int, dict[Any, Any]]]) -> None:  # noqa: ANN401
    rates = [wilson(int(row[name]), int(row["cases"])) for _, row in tests]
    axes.errorbar(
        [100 * rate.value for rate in rates],
        [place + _ASIDE[name] for place, _ in tests],
        xerr=[[100 * (r.value - r.low) for r in rates], [100 * (r.high - r.value) for r in rates]],
        linestyle="none",
        elinewidth=1.1,
        label=TITLES[name],
        **_STYLE[name],
    )


def _label_rows(axes: Any, rows: list[str | dict[Any, Any]]) -> None:  # noqa: ANN401
    labels = [row if isinstance(row, str) else f"{row['test']} ({row['kind']})" for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8.5)
    for row, label in zip(rows, axes.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if isinstance(row, str) else "normal")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.8)
