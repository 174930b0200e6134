"""Label Studio: its labelling interface, headlines as tasks, and its exports (JSON, JSON-MIN, CSV) as annotations."""

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

CHOICE, TEXT = "sentiment", "text"
_NOT_NEWS = NOT_NEWS.capitalize()
_CHOICES = (*CLASS_NAMES, _NOT_NEWS)


def label_config(*elements: str) -> str:
    """Return the labelling interface as XML, to paste under Settings, Labeling Interface, Code.

    Args:
        elements: shown between the headline and the choices, such as a `<Header>`.
    """
    choices = [f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate(_CHOICES, start=1)]
    return "\n".join(
        [
            "<View>",
            f'  <Text name="{TEXT}" value="$text"/>',
            *[f"  {element}" for element in elements],
            f'  <Choices name="{CHOICE}" toName="{TEXT}" choice="single" required="true" showInLine="true">',
            *[f"    {choice}" for choice in choices],
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
        {
            "data": {
                "text": title.title,
                "title_id": str(title.title_id),
                "source": title.source,
                "url": title.url,
                "pub_time": title.pub_time.isoformat(),
            },
            "predictions": [suggestion(model_version, title.predicted.title, max(title.probabilities))],
        }
        for title in titles
    ]


def read_export(path: Path) -> LabelReading:
    """Read an export of Label Studio: CSV if the name ends in .csv, else JSON or JSON-MIN.

    Raises:
        LabelError: if it is not such a file, or as `read_tasks` does.
        OSError: if it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        flat = path.suffix.lower() == ".csv"
        tasks = list(csv.DictReader(io.StringIO(text, newline=""))) if flat else json.loads(text)
    except (csv.Error, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise LabelError(f"{path}: not an export of Label Studio: {error}") from None
    if not isinstance(tasks, list):
        raise LabelError(f"{path}: expected a list of tasks, as Label Studio exports it")
    try:
        return read_tasks(tasks)
    except LabelError as error:
        raise LabelError(f"{path}: {error}") from None


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
            title_id = _title_id(task)
            names[title_id] = name
            for given in _submitted(task, skipped):
                annotations.append(_annotation(title_id, given))
        except LabelError as error:
            raise LabelError(f"{name}: {error}") from None
    return LabelReading(tuple(annotations), names, skipped)


def _title_id(task: Any) -> int:  # noqa: ANN401 - whatever the file says
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
        if not task.get(CHOICE):
            skipped["without annotation"] += 1
        else:
            yield {**task, "completed_by": task.get("annotator"), "choices": [task[CHOICE]]}
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
            yield {**annotation, "choices": _choices(annotation.get("result"))}


def _choices(result: Any) -> list[Any]:  # noqa: ANN401 - whatever the file says
    try:
        return [choice for part in result if part["from_name"] == CHOICE for choice in part["value"]["choices"]]
    except (KeyError, TypeError):
        raise LabelError(f"broken annotation result {result!r}"[:200]) from None


def _annotation(title_id: int, given: Mapping[str, Any]) -> Annotation:
    return Annotation(title_id, _annotator(given.get("completed_by")), _label(given["choices"]), _moment(given))


def _annotator(completed_by: Any) -> str:  # noqa: ANN401 - whatever the file says
    who = (completed_by.get("id") or completed_by.get("email")) if isinstance(completed_by, dict) else completed_by
    if not isinstance(who, int | str) or not str(who).strip():
        raise LabelError(f"completed_by is {completed_by!r}; expected an annotator")
    return str(who).strip()


def _label(choices: Sequence[Any]) -> Label | None:
    if list(choices) == [_NOT_NEWS]:
        return None
    try:
        (choice,) = choices
        return label_from_name(choice)
    except (AttributeError, ValueError):
        raise LabelError(f"choices are {list(choices)!r}; expected one of {', '.join(_CHOICES)}") from None


def _moment(given: Mapping[str, Any]) -> datetime:
    value = given.get("updated_at") or given.get("created_at")
    try:
        return parse_utc(value or "")
    except (AttributeError, ValueError):
        raise LabelError(f"annotation time is {value!r}; expected ISO 8601") from None
