"""Label Studio: its labelling interface, headlines as tasks, and its exports as annotations."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from barometer.headline import parse_utc
from barometer.labels import CLASS_NAMES, Label, label_from_name
from barometer.live.records import NOT_NEWS, Annotation, ListedTitle

CHOICE, FLAGS, TEXT = "sentiment", "flags", "text"
HARD = "Hard"
_NOT_NEWS = NOT_NEWS.capitalize()
_CHOICES = (*CLASS_NAMES, _NOT_NEWS)  # interfaces of earlier versions offered "Not news" as a class
_ORIGIN = ('<Header size="5" value="$origin"/>',)  # `$source` would show the whole task
_FLAGS = (_NOT_NEWS, HARD)
_LONGEST_ANNOTATOR = 200


def label_config(*elements: str) -> str:
    """Return the labelling interface as XML: source and time beside the headline, a class, and what else is to be said.

    Args:
        elements: shown between the headline and the choices instead of source and time, such as a `<Header>`.
    """
    classes = [f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate(CLASS_NAMES, start=1)]
    flags = [f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate(_FLAGS, start=len(classes) + 1)]
    return "\n".join(
        [
            "<View>",
            f'  <Text name="{TEXT}" value="$text"/>',
            *[f"  {element}" for element in elements or _ORIGIN],
            f'  <Choices name="{CHOICE}" toName="{TEXT}" choice="single" required="true" showInLine="true">',
            *[f"    {choice}" for choice in classes],
            "  </Choices>",
            f'  <Choices name="{FLAGS}" toName="{TEXT}" choice="multiple" showInLine="true">',
            *[f"    {choice}" for choice in flags],
            "  </Choices>",
            "</View>",
            "",
        ]
    )


def suggestion(source: str, choice: str, score: float) -> dict[str, Any]:
    """Return a prediction for a task: its source, the suggested choice and a score in [0, 1]."""
    result = {"from_name": CHOICE, "to_name": TEXT, "type": "choices", "value": {"choices": [choice]}}
    return {"model_version": source, "score": round(score, 4), "result": [result]}


class LabelError(ValueError):
    """An export of Label Studio cannot be imported; the message names the task and the problem."""


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


def title_tasks(model_version: str, titles: Sequence[ListedTitle]) -> list[dict[str, Any]]:
    """Return headlines as tasks for `label_config()`, each with the prediction of a model version.

    The id is text, because it has more digits than a number in a browser can hold.
    """
    return [
        title_task(title.title_id, title.title, title.source, title.url, title.pub_time)
        | {"predictions": [suggestion(model_version, title.predicted.title, max(title.probabilities))]}
        for title in titles
    ]


def title_task(title_id: int, title: str, source: str, url: str, pub_time: datetime) -> dict[str, Any]:
    """Return a headline as a task for `label_config()`, without a prediction, which would sway the vote."""
    return {
        "data": {
            "text": title,
            "title_id": str(title_id),
            "source": source,
            "url": url,
            "pub_time": pub_time.isoformat(),
            "origin": f"{source}, {pub_time:%d %B %Y, %H:%M} UTC",
        }
    }


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


def title_id_of(task: Any) -> int:  # noqa: ANN401 - whatever the file says
    """The headline of a task.

    Raises:
        LabelError: if the task does not say.
    """
    data = task.get("data", task) if isinstance(task, dict) else None
    value = data.get("title_id") if isinstance(data, dict) else None
    try:
        if isinstance(value, int | str) and int(value).bit_length() < 64:
            return int(value)
    except ValueError:
        pass
    raise LabelError(f"title_id is {value!r}; expected the number that barometer labels export wrote")


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


def choices_of(annotation: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The classes and the flags that an annotation chooses, as `choices` and `flags`.

    Raises:
        LabelError: if its result is not in the form of the interface.
    """
    result = annotation.get("result")
    found: dict[str, list[Any]] = {CHOICE: [], FLAGS: []}
    try:
        for part in result or ():
            if part["from_name"] in found:
                found[part["from_name"]] += part["value"]["choices"]
    except (KeyError, TypeError):
        raise LabelError(f"broken annotation result {result!r}"[:200]) from None
    return {"choices": found[CHOICE], "flags": found[FLAGS]}


def read_annotation(title_id: int, given: Mapping[str, Any], by: Any = None, where: str = "") -> Annotation:  # noqa: ANN401
    """An annotation with its `choices` and `flags` as a label.

    Args:
        title_id: of the headline.
        given: the annotation.
        by: who gave it; by default its `completed_by`.
        where: the server, which makes the annotator unique; empty for a file.

    Raises:
        LabelError: if it lacks an annotator, a time, or one known choice.
    """
    annotator = _annotator(given.get("completed_by") if by is None else by)
    label, hard = _label(given["choices"], given["flags"])
    return Annotation(title_id, annotator_key(annotator, where), label, _moment(given), hard)


def annotator_key(annotator: str, server: str = "") -> str:
    """How the store names an annotator: by number and server, since every server counts from 1."""
    return f"{annotator}@{server}" if server else annotator


def _annotator(completed_by: Any) -> str:  # noqa: ANN401 - whatever the file says
    who = (completed_by.get("id") or completed_by.get("email")) if isinstance(completed_by, dict) else completed_by
    if isinstance(who, bool) or not isinstance(who, int | str) or not str(who).strip():
        raise LabelError(f"completed_by is {completed_by!r}; expected an annotator")
    return str(who).strip()[:_LONGEST_ANNOTATOR]


def _label(choices: Sequence[Any], flags: Sequence[Any]) -> tuple[Label | None, bool]:
    """The class, None for what is not news, and whether it is marked as hard."""
    if unknown := [flag for flag in flags if flag not in _FLAGS]:
        raise LabelError(f"flags are {unknown!r}; expected {' or '.join(_FLAGS)}")
    hard = HARD in flags
    if list(choices) == [_NOT_NEWS]:
        return None, hard
    if not choices and _NOT_NEWS in flags:
        return None, hard
    try:
        (choice,) = choices
        label = label_from_name(choice)
    except (AttributeError, ValueError):
        raise LabelError(f"choices are {list(choices)!r}; expected one of {', '.join(_CHOICES)}") from None
    return (None if _NOT_NEWS in flags else label), hard


def _moment(given: Mapping[str, Any]) -> datetime:
    value = given.get("updated_at") or given.get("created_at")
    try:
        return parse_utc(value or "")
    except (AttributeError, ValueError):
        raise LabelError(f"annotation time is {value!r}; expected ISO 8601") from None
