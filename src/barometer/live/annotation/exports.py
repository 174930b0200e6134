"""Exports of Label Studio as annotations: JSON, JSON-MIN, CSV and TSV."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from barometer.live.annotation.answers import LabelError, choices_of, read_annotation, title_id_of
from barometer.live.annotation.interface import CHOICE, FLAGS
from barometer.live.records import Annotation


@dataclass(frozen=True, slots=True)
class LabelReading:
    """The content of an export.

    Attributes:
        annotations: the submitted ones, in the order of the file.
        tasks: the name of each headline's task, for messages, by the headline's id.
        skipped: counts of cancelled annotations and of tasks without annotation.
    """

    annotations: tuple[Annotation, ...] = ()
    tasks: Mapping[int, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)


def read_export(path: Path) -> LabelReading:
    """Read an export of Label Studio: JSON, JSON-MIN, CSV or TSV, told apart by content, since TSV is named .csv too.

    Raises:
        LabelError: if it is not such a file, or as `read_tasks` does.
        OSError: if it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        is_json = text.lstrip()[:1] in {"[", "{"} or path.suffix.lower() == ".json"
        tasks = json.loads(text) if is_json else _rows(text)
        if not isinstance(tasks, list):
            raise LabelError(f"expected a list of tasks, as Label Studio exports it, not {type(tasks).__name__}")
        return read_tasks(tasks)
    except (csv.Error, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise LabelError(f"{path}: not an export of Label Studio: {error}") from None
    except LabelError as error:
        raise LabelError(f"{path}: {error}") from None


def _rows(text: str) -> list[dict[str, Any]]:
    """The rows of CSV or TSV, whichever the header is."""
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in head else ",")
    columns = reader.fieldnames or []
    if missing := [name for name in ("title_id", CHOICE, "annotator") if name not in columns]:
        raise LabelError(
            f"not an export of Label Studio: its header lacks {', '.join(missing)}; "
            f"found {', '.join(columns)[:200] or 'nothing'}"
        )
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise LabelError(f"line {reader.line_num}: expected {len(columns)} cells, as the header has")
        rows.append(row)
    return rows


def read_tasks(tasks: Sequence[Any]) -> LabelReading:
    """Read tasks with their annotations, or the flat records of JSON-MIN and CSV.

    An annotator is identified by Label Studio's number, or by e-mail address if an export has only that. Times without
    a zone are taken as UTC.

    Raises:
        LabelError: if a task has no `title_id`, or an annotation lacks an annotator, a time, or one known choice.
    """
    annotations: list[Annotation] = []
    names: dict[int, str] = {}
    skipped: Counter[str] = Counter()
    for position, task in enumerate(tasks, start=1):
        name = f"task {task['id']}" if isinstance(task, dict) and task.get("id") else f"task at position {position}"
        try:
            title_id = title_id_of(task)
            names[title_id] = name
            for given in _submitted(task, skipped):
                annotations.append(read_annotation(title_id, given))
        except LabelError as error:
            raise LabelError(f"{name}: {error}") from None
    return LabelReading(tuple(annotations), names, skipped)


def _submitted(task: Mapping[str, Any], skipped: Counter[str]) -> Iterator[Mapping[str, Any]]:
    """Yield annotations of any format with their choices under one key."""
    if "annotations" not in task:
        flags = _flat_choices(task.get(FLAGS))
        if not task.get(CHOICE) and not flags:
            skipped["without annotation"] += 1
        else:
            classes = [task[CHOICE]] if task.get(CHOICE) else []
            yield {**task, "completed_by": task.get("annotator"), "choices": classes, "flags": flags}
        return
    given = task["annotations"]
    if not isinstance(given, list) or not all(isinstance(annotation, dict) for annotation in given):
        raise LabelError("annotations are not a list of objects")
    if not given:
        skipped["without annotation"] += 1
    for annotation in given:
        if annotation.get("was_cancelled"):
            skipped["cancelled"] += 1
        else:
            yield annotation | choices_of(annotation)


def _flat_choices(value: Any) -> list[Any]:  # noqa: ANN401 - whatever the file says
    """Several choices in one cell: a name, or JSON such as {"choices": ["Hard", "Not news"]}."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            value = json.loads(value)
        except (json.JSONDecodeError, RecursionError):
            return [value]
    if isinstance(value, dict):
        value = value.get("choices")
    return value if isinstance(value, list) else [value] if value else []
