"""The tables of the model page, as HTML. Rates and probabilities come in [0, 1] and are shown in per cent."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby

from barometer.card import ModelCard
from barometer.labels import CLASS_NAMES
from serve.app.reports import BehaviouralTest, Compared, CurvePoint, Interval, Matrix, ReliabilityBin, Separation

# What a model is judged on, most telling first: real headlines that nothing was learnt from lead.
PARTS = {
    "yardstick": "Yardstick of real headlines",
    "yardstick-written": "Written yardstick",
    "fresh": "Fresh headlines of 2026",
    "test": "Held-out headlines",
    "temporal_test": "Later headlines",
}

_SHOWN_PARTS = 3  # more do not fit beside each other
_KINDS = {
    "MFT": ("right class", "A plain statement must get its class, or at least not the opposite one."),
    "INV": ("no change", "A change without meaning must leave the class as it is."),
    "DIR": ("right direction", "What is added must move the probabilities the right way."),
}
_PAIRS = {"compared": "all outlets", "one_source": "one outlet", "size_matched": "as many of all outlets"}


def results_table(results: Mapping[str, Compared], own: str) -> str:
    """Accuracy and macro-F1 of every model on the most telling parts, those of the model `own` marked."""
    known = [part for part in PARTS if part in results][:_SHOWN_PARTS]
    results = {part: results[part] for part in known or results}
    models = dict.fromkeys(name for part in results.values() for name in part.figures)
    heads = [f"{PARTS.get(part, part)}: {figure}" for part in results for figure in ("accuracy", "macro-F1")]
    rows = []
    for model in models:
        figures = [part.figures.get(model) for part in results.values()]
        cells = [_interval(shown) for found in figures for shown in _both(found)]
        rows.append((f"{model} (this model)" if model == own else model, cells))
    return _table("Per cent, with 95 % intervals", ["Model", *heads], rows)


def confusion_table(counts: Matrix) -> str:
    """What the model said (columns) of headlines of each true class (rows), as shares of the row."""
    rows = []
    for name, row in zip(CLASS_NAMES, counts, strict=True):
        total = max(sum(row), 1)
        rows.append((name, [_share(count, count / total) for count in row]))
    heads = ["Labelled", *(f"said {name}" for name in CLASS_NAMES)]
    return _table("Each row is 100 % of the headlines that are labelled so", heads, rows, "m-confusion")


def behaviour_groups(tests: Sequence[BehaviouralTest]) -> str:
    """The behavioural tests by what they try, most failed first; the first group is open."""
    groups = grouped(tests)
    return "".join(_group(key, found, number == 0) for number, (key, found) in enumerate(groups.items()))


def grouped(tests: Iterable[BehaviouralTest]) -> dict[tuple[str, str], list[BehaviouralTest]]:
    """Tests by (capability, kind), the group that fails most first."""

    def key(test: BehaviouralTest) -> tuple[str, str]:
        return test.capability, test.kind

    groups = {name: list(found) for name, found in groupby(sorted(tests, key=key), key)}
    return dict(sorted(groups.items(), key=lambda item: -failure_rate(item[1])))


def failure_rate(tests: Iterable[BehaviouralTest]) -> float:
    """The share of all cases of one or more tests that fail."""
    pairs = [(test.failures, test.cases) for test in tests]
    return sum(failures for failures, _ in pairs) / sum(cases for _, cases in pairs)


def drift_table(rows: Iterable[Separation]) -> str:
    """ROC AUC of telling newer headlines apart by their words, numbers and dates masked."""
    shown = [row for row in rows if row.features == "word" and row.masked]
    cells = [
        (f"{'all newer' if row.group == 'all' else row.group}, {_PAIRS.get(row.pair, row.pair)}",
         [f"{row.auc:.2f} {_ci(row.low, row.high, 1, 2)}", f"{row.control:.2f}"])
        for row in shown
    ]  # fmt: skip
    caption = "ROC AUC: 0.5 cannot be told apart, 1 always; 95 % intervals"
    return _table(caption, ["Newer headlines", "Told from those learnt from", "Random halves"], cells)


def reliability_table(bins: Iterable[ReliabilityBin]) -> str:
    """The numbers of the reliability diagram."""
    rows = [(f"{100 * b.confidence:.0f} %", [f"{100 * b.accuracy:.0f} %", f"{b.headlines:,.0f}"]) for b in bins]
    return _table("", ["Mean confidence", "Right", "Headlines"], rows)


def curve_table(points: Iterable[CurvePoint]) -> str:
    """The numbers of the learning curve."""
    rows = [
        (f"{p.model}, {p.size:,}", [_interval(Interval(value=p.accuracy, low=p.accuracy_low, high=p.accuracy_high))])
        for p in points
    ]
    return _table("", ["Model and labels", "Accuracy, per cent"], rows)


def card_list(card: ModelCard) -> str:
    """What the card says of the model besides its figures."""
    temperature = card.calibration.get("temperature")
    lines = {
        "Name": card.name,
        "Version": card.version,
        "Precision": card.precision,
        "Longest headline": f"{card.max_length} tokens, the rest is cut" if card.max_length else "",
        "Calibration": f"temperature {temperature:.3f}" if isinstance(temperature, int | float) else "none",
        "Data version": card.data_version,
        "Code version": card.code_version,
    }
    items = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in lines.items() if value)
    return f'<dl class="m-card">{items}</dl>'


def _both(figures: object) -> tuple[Interval | None, Interval | None]:
    return getattr(figures, "accuracy", None), getattr(figures, "macro_f1", None)


def _group(key: tuple[str, str], tests: Sequence[BehaviouralTest], is_open: bool) -> str:
    capability, kind = key
    name, rule = _KINDS[kind]
    rate = failure_rate(tests)
    rows = [
        (test.test, [f"{_bar(test.failure_rate)}{100 * test.failure_rate:.0f} % {_ci(test.low, test.high)}"])
        for test in sorted(tests, key=lambda test: -test.failure_rate)
    ]
    return (
        f'<details class="m-group"{" open" if is_open else ""}><summary><span class="m-name">{escape(capability)}: '
        f'{name}</span>{_bar(rate)}<span class="m-rate">{100 * rate:.0f} % fail</span></summary>'
        f"<p>{rule}</p>{_table('', ['Test', 'Cases that fail'], rows)}</details>"
    )


def _table(caption: str, heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], kind: str = "") -> str:
    """A table whose first column names the rows; names are escaped here, cells are HTML already."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(_cell(cell) for cell in cells)}</tr>' for name, cells in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="m-scroll" role="region" aria-label="{escape(caption or heads[0])}" tabindex="0">'
        f'<table class="m-table {kind}">{title}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell(cell: str) -> str:
    return cell if cell.startswith("<td") else f"<td>{cell}</td>"


def _share(count: int, share: float) -> str:
    return f'<td style="--share:{share:.3f}"><b>{100 * share:.0f} %</b> <span class="m-ci">{count:,}</span></td>'


def _bar(share: float) -> str:
    return f'<span class="m-bar" aria-hidden="true"><i style="width:{100 * share:.1f}%"></i></span>'


def _interval(figure: Interval | None) -> str:
    return "" if figure is None else f"{100 * figure.value:.1f} {_ci(figure.low, figure.high, digits=1)}"


def _ci(low: float, high: float, factor: float = 100, digits: int = 0) -> str:
    return f'<span class="m-ci">{factor * low:.{digits}f} to {factor * high:.{digits}f}</span>'
