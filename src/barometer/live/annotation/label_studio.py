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
from barometer.live.records import Annotation, ListedTitle

NOT_NEWS = "Not news"
CHOICE, TEXT = "sentiment", "text"


def label_config(*elements: str) -> str:
    """Return the interface as XML, to paste under Settings, Labeling Interface, Code.

    Args:
        elements: shown between the headline and the choices, such as a `<Header>`.
    """
    choices = [f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate([*CLASS_NAMES, NOT_NEWS], start=1)]
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
    """Return a prediction of a task: who suggests which choice, and how sure it is, in [0, 1]."""
    result = {"from_name": CHOICE, "to_name": TEXT, "type": "choices", "value": {"choices": [choice]}}
    return {"model_version": source, "score": round(score, 4), "result": [result]}


class LabelError(ValueError):
    """What is said to be an export of Label Studio cannot be imported; the message names the task and what is wrong."""


@dataclass(frozen=True, slots=True)
class LabelReading:
    """What an export holds.

    Attributes:
        annotations: one for each submitted annotation, in the order of the file.
        tasks: by the id of a headline, the task it came in, as messages name it.
        skipped: annotations that were cancelled, and tasks that nobody annotated.
    """

    annotations: tuple[Annotation, ...] = ()
    tasks: Mapping[int, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)


def title_tasks(model_version: str, titles: Sequence[ListedTitle]) -> list[dict[str, Any]]:
    """Return headlines as tasks for `interface.label_config()`, each with what a model version suggests.

    The id is text, because it has more digits than a browser's numbers hold.
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
    """Read a file that Label Studio exported: JSON or JSON-MIN, or CSV where the name ends so.

    Raises:
        LabelError: if it is no such file, or as `read_tasks` does.
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

    An annotator is called by the number that Label Studio gave, or by e-mail address where an export has only that.
    Times without a zone are taken as UTC.

    Raises:
        LabelError: if a task has no `title_id`, or an annotation no annotator, time, or single choice that is known.
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
    """Yield annotations with their choices under one name, whatever the format."""
    if "annotations" not in task:
        if not task.get(CHOICE):
            skipped["without annotation"] += 1
        else:
            yield {**task, "completed_by": task.get("annotator"), "choices": [task[CHOICE]]}
        return
    given = task["annotations"]
    if not isinstance(given, list) or not all(isinstance(annotation, dict) for annotation in given):
        raise LabelError("annotations are no list of objects")
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
    return Annotation(
        title_id,
        _annotator(given.get("completed_by")),
        _label(given["choices"]),
        _moment(given),
    )


def _annotator(completed_by: Any) -> str:  # noqa: ANN401 - whatever the file says
    who = (completed_by.get("id") or completed_by.get("email")) if isinstance(completed_by, dict) else completed_by
    if not isinstance(who, int | str) or not str(who).strip():
        raise LabelError(f"an annotation was completed by {completed_by!r}; expected an annotator")
    return str(who).strip()


def _label(choices: Sequence[Any]) -> Label | None:
    if list(choices) == [NOT_NEWS]:
        return None
    try:
        (choice,) = choices
        return label_from_name(choice)
    except (AttributeError, ValueError):
        expected = ", ".join([*CLASS_NAMES, NOT_NEWS])
        raise LabelError(f"an annotation chooses {list(choices)!r}; expected one of {expected}") from None


def _moment(given: Mapping[str, Any]) -> datetime:
    value = given.get("updated_at") or given.get("created_at")
    try:
        return parse_utc(value or "")
    except (AttributeError, ValueError):
        raise LabelError(f"an annotation has the time {value!r}; expected ISO 8601") from None
