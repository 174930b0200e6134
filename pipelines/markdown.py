"""Tables and sentences of the reports, in Markdown; shares are shown in per cent."""

from collections.abc import Mapping
from typing import Any

from barometer.labels import FIELD_NAMES
from barometer.stats import Estimate, PairedTest
from pipelines.templating import estimate as estimate

_FIGURES = {
    "accuracy": ("accuracy %", 100, 1),
    "macro_f1": ("macro-F1 %", 100, 1),
    "log_loss": ("log loss", 1, 3),
    "calibration_error": ("calibration error %", 100, 1),
}
_SIGNIFICANT = 0.05


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a Markdown table; all columns but the first are right-aligned."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(row) + " |" for row in [header, rule, *rows]]


def figures_table(figures: Mapping[str, Mapping[str, Estimate]]) -> list[str]:
    """One row for each model or baseline, one column for each headline figure.

    A baseline that only names a class has no probabilities to judge, so log loss and calibration are left empty.
    """
    rows = []
    for name, found in figures.items():
        hard = name.endswith("(from the file)")
        shown = [
            "" if hard and key in {"log_loss", "calibration_error"} else estimate(found[key], scale, digits)
            for key, (_, scale, digits) in _FIGURES.items()
        ]
        rows.append([name, *shown])
    return table(["", *[title for title, _, _ in _FIGURES.values()]], rows)


def per_class_table(figures: Mapping[str, Mapping[str, Estimate]], models: list[str]) -> list[str]:
    """Precision and recall of every class, one row for each model."""
    keys = [f"{figure}_{name}" for name in FIELD_NAMES for figure in ("precision", "recall")]
    rows = [[model, *[estimate(figures[model][key]) for key in keys]] for model in models]
    return table(["", *[f"{key.split('_')[1]} {key.split('_')[0]} %" for key in keys]], rows)


def transfer_table(intervals: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Accuracy and macro-F1 of every model (rows) on every part (columns), which no model has learnt from."""
    parts = list(next(iter(intervals.values())))
    sizes = [next(iter(intervals.values()))[part]["headlines"] for part in parts]
    header = ["accuracy % / macro-F1 %", *[f"{part} ({n})" for part, n in zip(parts, sizes, strict=True)]]
    rows = [
        [
            name,
            *[f"{estimate(found[p]['accuracy'])} / {100 * found[p]['macro_f1']['value']:.1f}" for p in parts],
        ]
        for name, found in intervals.items()
    ]
    return table(header, rows)


def paired_sentence(candidate: str, reference: str, test: PairedTest) -> str:
    """Say whether the candidate beats the reference on the same headlines, and how sure that is."""
    points = estimate(test.difference)
    verdict = "beats" if test.difference.value > 0 else "does not beat"
    if test.p_value >= _SIGNIFICANT:
        verdict = "is not shown to differ from"
    return (
        f"**{candidate} {verdict} {reference}**: {points} points of accuracy; right alone on {test.a_only} headlines, "
        f"{reference} alone on {test.b_only}; exact McNemar test p = {test.p_value:.2g}."
    )
