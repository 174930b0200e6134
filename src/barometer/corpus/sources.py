"""Reads raw corpora into one table of votes. Only this module knows file layouts and foreign label values.

A corpus is a CSV file or a folder of them. Three layouts are understood, by their header:

- `text` and `label` (optionally `annotator`, and `news` and `hard`, 0 or 1): one expert vote a row;
- `text` and columns `annotator_1`, `annotator_2`, ...: one crowd vote a column;
- `text` without either: unlabelled headlines.

`date` (ISO 8601, UTC unless it says otherwise), `source`, `baseline_NAME` (another system's class) and `sampled` (how a
headline was chosen for labelling; what was chosen at `random` becomes a yardstick) are optional.
`CryptoLin_IE.csv` is recognised by its own header. Label values may be names, 0/1/2, or -1/0/1.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from barometer.headline import parse_utc
from barometer.labels import CLASS_NAMES, Label, label_from_name

_ANNOTATOR = re.compile(r"annotator_\w+")
_BASELINE = "baseline_"
_END = "\ud800"  # an added last record, which no decoded file can contain: an unclosed quote swallows it
_CRYPTOLIN_SCORES = ("vader", "textblob", "flair", "finbert_positive", "finbert_negative", "finbert_neutral")


class CorpusError(ValueError):
    """A corpus cannot be read: it is missing, its header is not understood, or too many of its rows are bad."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused row: where it is (line counted from 1) and why it was refused."""

    file: str
    line: int
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """The vote of one annotator on one headline.

    Attributes:
        news: whether it is news at all; None where the annotator was not asked.
        hard: whether the annotator expects that others may choose another label.
    """

    annotator: str
    label: Label
    expert: bool
    news: bool | None = None
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A raw headline with its votes, the classes that other systems gave it, and how it was chosen for labelling."""

    file: str
    line: int
    text: str
    source: str
    date: str
    votes: tuple[Vote, ...]
    baselines: Mapping[str, Label] = field(default_factory=dict)
    sampled: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, and how its label values map to labels."""

    text: str
    expert: str | None
    annotators: tuple[str, ...]
    baselines: Mapping[str, str]
    values: Mapping[str, Label]


SIGNED = {"-1": Label.NEGATIVE, "0": Label.NEUTRAL, "1": Label.POSITIVE}
INDEX = {str(int(label)): label for label in Label}
NAMES = {name.lower(): label_from_name(name) for name in CLASS_NAMES}
_SCHEMES = {"signed": SIGNED, "index": INDEX, "name": NAMES}


def read_corpus(path: Path, label_values: str = "auto") -> tuple[list[Row], list[Refusal]]:
    """Read every CSV file of a corpus, in order of name.

    Args:
        path: a CSV file, or a folder of them.
        label_values: `signed` (-1, 0, 1), `index` (0, 1, 2), `name`, or `auto` to infer it from each file.

    Raises:
        CorpusError: if there is no such corpus, or a header or its label values cannot be understood.
    """
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise CorpusError(f"no corpus at {path}; expected a CSV file or a folder of them (`barometer fetch` gets some)")
    rows: list[Row] = []
    refused: list[Refusal] = []
    for file in files:
        good, bad = _read_file(file, label_values)
        rows += good
        refused += bad
    return rows, refused


def _read_file(file: Path, label_values: str) -> tuple[list[Row], list[Refusal]]:
    records = list(_records(file))
    if not records:
        raise CorpusError(f"{file}: empty file; expected a header line with a text column")
    header = [name.strip() for name in records[0][1]]
    bodies = records[1:]
    layout = _layout(file, header, [values for _, values in bodies], label_values)
    rows: list[Row] = []
    refused: list[Refusal] = []
    for line, values in bodies:
        cells = dict(zip(header, values, strict=False))
        try:
            if len(values) != len(header):
                raise ValueError(f"{len(values)} fields; expected {len(header)}")
            rows.append(_row(file, line, cells, layout))
        except ValueError as error:
            refused.append(Refusal(file.name, line, str(error), _printable(cells.get(layout.text, ""))))
    return rows, refused


def _records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields) of lines that are not blank; bytes that are not UTF-8 become lone surrogates.

    Raises:
        CorpusError: if a quote is never closed, which would make the rest of the file one field.
    """
    text = file.read_bytes().decode("utf-8", errors="surrogateescape").removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(f"{text}\n{_END}", newline=""))
    start = last = 1
    try:
        for values in reader:
            if values == [_END]:
                return
            if values:
                yield start, values
            start, last = reader.line_num + 1, start
    except csv.Error as error:
        raise CorpusError(f"{file}:{start}: {error}") from None
    raise CorpusError(f"{file}:{last}: a quote opens in this row and is never closed")


def _printable(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode()


def _layout(file: Path, header: list[str], bodies: list[list[str]], label_values: str) -> Layout:
    if {"news", "final_manual_labelling"} <= set(header):
        annotators = tuple(name for name in header if name.startswith("manual_labelling_"))
        scores = {name: f"{name}_class" for name in _CRYPTOLIN_SCORES if f"{name}_class" in header}
        # The consensus is not always the majority: where two votes stand against the opposite, it is neutral.
        return Layout("news", "final_manual_labelling", annotators, scores, SIGNED)
    if "text" not in header:
        raise CorpusError(f"{file}: no column 'text'; found {', '.join(header)}")
    annotators = tuple(name for name in header if _ANNOTATOR.fullmatch(name))
    expert = "label" if "label" in header else None
    baselines = {name.removeprefix(_BASELINE): name for name in header if name.startswith(_BASELINE)}
    columns = [header.index(name) for name in (expert, *annotators) if name]
    found = {_label_key(values[i]) for values in bodies for i in columns if i < len(values)}
    return Layout("text", expert, annotators, baselines, _values(file, found - {""}, label_values))


def _values(file: Path, found: set[str], scheme: str) -> Mapping[str, Label]:
    """Choose the label values of a file; a file of 0 and 1 alone could be either scheme and is refused."""
    if scheme != "auto":
        return _SCHEMES[scheme]
    if not found:
        return NAMES
    votes = {name: len(found & set(values)) for name, values in _SCHEMES.items()}
    if "-1" not in found and "2" not in found and found & {"0", "1"}:
        raise CorpusError(
            f"{file}: labels are only {', '.join(sorted(found))}, which may be -1/0/1 or 0/1/2; "
            "set corpus.label_values to signed or index"
        )
    return _SCHEMES[max(votes, key=lambda name: votes[name])]


def _row(file: Path, line: int, cells: Mapping[str, str], layout: Layout) -> Row:
    for name, cell in cells.items():
        _refuse_bad_bytes(name, cell)
    text = cells[layout.text]
    if not text.strip():
        raise ValueError(f"no text in column {layout.text!r}")
    date = cells.get("date", "").strip()
    moment = parse_utc(date).isoformat(timespec="seconds").replace("+00:00", "Z") if date else ""
    votes = tuple(_votes(cells, layout))
    if (layout.expert or layout.annotators) and not votes:
        raise ValueError("no label")
    baselines = {name: _label(cells[column], layout.values) for name, column in layout.baselines.items()}
    source, sampled = (cells.get(name, "").strip() for name in ("source", "sampled"))
    return Row(file.name, line, text, source, moment, votes, baselines, sampled)


def _refuse_bad_bytes(name: str, cell: str) -> None:
    bad = next((c for c in cell if "\udc80" <= c <= "\udcff"), None)
    if bad is not None:
        raise ValueError(f"column {name!r} is not UTF-8 (byte 0x{ord(bad) - 0xDC00:02x}); save the file as UTF-8")


def _votes(cells: Mapping[str, str], layout: Layout) -> Iterator[Vote]:
    if layout.expert and cells[layout.expert].strip():
        label = _label(cells[layout.expert], layout.values)
        annotator = cells.get("annotator", "").strip() or "expert"
        news = None if layout.text == "news" else _flag(cells, "news")  # CryptoLin's titles are in a column `news`
        yield Vote(annotator, label, expert=True, news=news, hard=bool(_flag(cells, "hard")))
    for name in layout.annotators:
        if cells[name].strip():
            yield Vote(name, _label(cells[name], layout.values), expert=False)


def _flag(cells: Mapping[str, str], name: str) -> bool | None:
    value = cells.get(name, "").strip()
    if value not in {"", "0", "1"}:
        raise ValueError(f"column {name!r} is {value!r}; expected 0 or 1")
    return value == "1" if value else None


def _label_key(cell: str) -> str:
    return cell.strip().lower().removesuffix(".0")


def _label(cell: str, values: Mapping[str, Label]) -> Label:
    key = _label_key(cell)
    if key not in values:
        raise ValueError(f"unknown label {cell!r}; expected one of {', '.join(values)}")
    return values[key]
