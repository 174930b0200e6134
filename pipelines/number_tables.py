"""Tables of the barometer's error and of what is dropped as no news; shares are shown in per cent."""

from collections.abc import Mapping
from typing import Any

from barometer.labels import FIELD_NAMES
from pipelines.markdown import estimate, table

_KINDS = {"by_date": "by date", "at_random": "drawn at random", "mostly_negative": "70 % negative"}
_METHODS = {"plain": "plain", "adjusted": "adjusted", "em": "EM"}
_SIZE = "100"  # of the windows whose errors are shown
_SIZES = ("50", "100", "200")
_DROPPERS = {"rules": "the three rules", "english": "`english`", "verb": "`verb`", "not_question": "`not_question`"}


def index_section(errors: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The section of the barometer's error: one table for each part, one row for each model and kind of window.

    Args:
        errors: what `evaluate` wrote into `index_error.json`, by model and part.
    """
    lines = [
        "## The barometer of a window against its labels",
        "",
        "Barometer minus the share of headlines labelled positive in the same window, in points: bias and mean "
        f"absolute error of windows of {_SIZE} headlines, and in what share of the windows of {', '.join(_SIZES[:-1])} "
        f"and {_SIZES[-1]} the 95 % interval holds the labelled share. Plain is the mean positive probability with its "
        "sampling interval, adjusted what ships (probabilistic adjusted count, Bella et al. 2010), EM the expectation "
        "maximisation of Saerens et al. 2002. Only headlines that the model takes for news are counted, as in "
        "production. Windows by date overlap.",
    ]
    for part in next(iter(errors.values())):
        found = {model: parts[part] for model, parts in errors.items()}
        counted = "; ".join(
            f"{model} counts {errors['headlines']} headlines, {100 * errors['positive']:.1f} % labelled positive"
            for model, errors in found.items()
        )
        lines += ["", f"**{part}**: {counted}.", "", *_index_table(found)]
    return lines


def _index_table(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    header = [
        "",
        *[f"bias, {title}" for title in _METHODS.values()],
        *[f"error, {title}" for title in _METHODS.values()],
        *[f"coverage %, {_METHODS[method]}" for method in ("plain", "adjusted")],
    ]
    rows = [
        [f"{model}, {title}", *_index_row(sizes[kind])]
        for model, sizes in found.items()
        for kind, title in _KINDS.items()
        if _SIZE in sizes[kind]
    ]
    return table(header, rows)


def _index_row(by_size: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    shown = by_size[_SIZE]
    coverage = [
        " / ".join(f"{100 * by_size[size][method]['coverage']:.1f}" for size in _SIZES if size in by_size)
        for method in ("plain", "adjusted")
    ]
    return [
        *[f"{100 * shown[method]['bias']:+.1f}" for method in _METHODS],
        *[f"{100 * shown[method]['mean_absolute_error']:.1f}" for method in _METHODS],
        *coverage,
    ]


def news_section(reports: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The section of what is dropped as no news; empty where nobody was asked.

    Args:
        reports: what `evaluate` wrote into `news.json`, by model and part.
    """
    parts = next(iter(reports.values()))
    if not parts:
        return []
    lines = [
        "## News or not",
        "",
        "What is dropped of the news of each class, which should be little and alike, and of what is no news; and the "
        "barometer of what is kept, beside the share of it that is labelled positive. The rules are the crawler's.",
    ]
    for part, first in parts.items():
        found = {model: reports[model][part] for model in reports}
        title = f"**{part}**: {first['headlines']} headlines, of which {first['news']} are news."
        lines += ["", " ".join([title, *_curves(found)]), "", *_news_table(found)]
    return lines


def _curves(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"{model} tells news with an area under the ROC curve of {estimate(report['auroc'], 1, 3)}; it drops below a "
        f"probability of {report['threshold']:.3f}."
        for model, report in found.items()
        if "auroc" in report
    ]


def _news_table(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    header = ["dropped by", *[f"{name} news %" for name in FIELD_NAMES], "no news %", "kept", "barometer", "labelled"]
    first = next(iter(found.values()))
    rows = [_news_row(model, report, "model") for model, report in found.items() if "model" in report["drop_rates"]]
    rows += [_news_row(title, first, name) for name, title in _DROPPERS.items()]
    rows += [_kept_row("nobody", first, "all"), _kept_row("annotators", first, "news")]
    return table(header, rows)


def _news_row(title: str, report: Mapping[str, Any], name: str) -> list[str]:
    rates = report["drop_rates"][name]
    shown = [estimate(rates[group]["share"]) if group in rates else "" for group in (*FIELD_NAMES, "no_news")]
    return [title, *shown, *_kept_row(title, report, name)[-3:]]


def _kept_row(title: str, report: Mapping[str, Any], name: str) -> list[str]:
    kept = report["index"].get(name)
    if kept is None:
        return [title, *[""] * 7]
    shares = [f"{100 * kept[key]:.1f}" for key in ("adjusted", "labelled")]
    return [title, *[""] * 4, str(kept["headlines"]), *shares]
