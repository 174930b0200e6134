"""The plot of the behavioural tests."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pipelines.plots import BLUE, BROWN, saved_figure
from pipelines.studies.checklist.analysis import MODELS, Compared, Result

_STYLE: dict[str, dict[str, Any]] = {
    "tfidf": {"color": BROWN, "marker": "s", "markersize": 4.5},
    "bert": {"color": BLUE, "marker": "o", "markersize": 5},
}
_ASIDE = {"tfidf": -0.17, "bert": 0.17}
_STRIPE = "#f3f4f6"


def draw(result: Result, folder: Path) -> None:
    """Draw each model's failure rate of every test with its interval, tests under the heading of their capability."""
    rows = _with_headings(result.tests)
    tests = [(place, row) for place, row in enumerate(rows) if isinstance(row, Compared)]
    path = folder / "failure_rates.png"
    with saved_figure(path, width=8.2, height=1.2 + 0.21 * len(rows)) as (_, axes):
        axes.grid(visible=False, axis="y")
        for place, _row in tests[::2]:
            axes.axhspan(place - 0.5, place + 0.5, color=_STRIPE, linewidth=0, zorder=0)
        for name in MODELS:
            _draw_model(axes, name, tests)
        _label_rows(axes, rows)
        axes.set_xlim(-2, 102)
        axes.set_xlabel("cases failed, % with 95% interval (further left is better)")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.1)
        axes.set_title(f"Behavioural tests of {result.tests[0].cases} cases each")


def _with_headings(tests: Sequence[Compared]) -> list[str | Compared]:
    """The tests, each capability's name before them."""
    capabilities = list(dict.fromkeys(test.capability for test in tests))
    ordered = sorted(tests, key=lambda test: capabilities.index(test.capability))
    grouped = groupby(ordered, key=lambda test: test.capability)
    return [row for capability, part in grouped for row in (capability, *part)]


def _draw_model(axes: Any, name: str, tests: list[tuple[int, Compared]]) -> None:  # noqa: ANN401
    rates = [test.rate(name) for _, test in tests]
    axes.errorbar(
        [100 * rate.value for rate in rates],
        [place + _ASIDE[name] for place, _ in tests],
        xerr=[[100 * (r.value - r.low) for r in rates], [100 * (r.high - r.value) for r in rates]],
        linestyle="none",
        elinewidth=1.1,
        label=MODELS[name],
        **_STYLE[name],
    )


def _label_rows(axes: Any, rows: list[str | Compared]) -> None:  # noqa: ANN401
    labels = [row if isinstance(row, str) else f"{row.name} ({row.kind})" for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8.5)
    for row, label in zip(rows, axes.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if isinstance(row, str) else "normal")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.8)
