"""Answers of annotators in Label Studio as annotations of headlines, whatever way they came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from barometer.headline import parse_utc
from barometer.labels import CLASS_NAMES, Label, label_from_name
from barometer.live.annotation.interface import CHOICE, FLAG_NAMES, FLAGS, HARD, NOT_NEWS_CHOICE
from barometer.live.records import Annotation

_CHOICES = (*CLASS_NAMES, NOT_NEWS_CHOICE)  # interfaces of earlier versions offered "Not news" as a class
_LONGEST_ANNOTATOR = 200


class LabelError(ValueError):
    """An export of Label Studio cannot be imported; the message names the task and the problem."""


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
    if unknown := [flag for flag in flags if flag not in FLAG_NAMES]:
        raise LabelError(f"flags are {unknown!r}; expected {' or '.join(FLAG_NAMES)}")
    hard = HARD in flags
    if list(choices) == [NOT_NEWS_CHOICE]:
        return None, hard
    if not choices and NOT_NEWS_CHOICE in flags:
        return None, hard
    try:
        (choice,) = choices
        label = label_from_name(choice)
    except (AttributeError, ValueError):
        raise LabelError(f"choices are {list(choices)!r}; expected one of {', '.join(_CHOICES)}") from None
    return (None if NOT_NEWS_CHOICE in flags else label), hard


def _moment(given: Mapping[str, Any]) -> datetime:
    value = given.get("updated_at") or given.get("created_at")
    try:
        return parse_utc(value or "")
    except (AttributeError, ValueError):
        raise LabelError(f"annotation time is {value!r}; expected ISO 8601") from None
