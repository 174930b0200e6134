"""Tasks of Label Studio as labels, whatever their annotations hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.labels import Label
from barometer.live.annotation.answers import LabelError
from barometer.live.annotation.pull import read_task
from barometer.live.records import Annotation

NOW = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
SERVER = "https://labels.example.org"


def annotation(number: int, choice: str | None = "Positive", at: datetime = NOW, **more: Any) -> dict[str, Any]:
    result = {"from_name": "sentiment", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}
    given_by = {"completed_by": 7, "updated_by": 7, "updated_at": at.isoformat()}
    return {"id": number, "result": [result] if choice else [], "was_cancelled": False, **given_by, **more}


def task(*annotations: Any, **more: Any) -> dict[str, Any]:
    return {"id": 3, "data": {"title_id": "5"}, "annotations": list(annotations), "is_labeled": False, **more}


def test_bad_annotations_leave_the_others() -> None:
    found = read_task(
        task(
            annotation(1),
            annotation(2, None),
            annotation(3, "Up"),
            annotation(4, completed_by=None),
            annotation(5, at=NOW + timedelta(hours=1)),
        ),
        SERVER,
        NOW,
    )
    assert found.labels == (Annotation(5, f"7@{SERVER}", Label.POSITIVE, NOW),)
    assert [bad.annotation_id for bad in found.bad] == [2, 3, 4, 5]
    assert "choices are []" in found.bad[0].reason and "['Up']" in found.bad[1].reason
    assert "completed_by is None" in found.bad[2].reason and "in the future" in found.bad[3].reason


def test_edits_count_for_the_editor() -> None:
    mine = annotation(1, "Negative", updated_by=8)
    theirs = annotation(2, "Neutral", NOW - timedelta(hours=1), completed_by=8, updated_by=8)
    found = read_task(task(mine, theirs), SERVER, NOW)
    assert found.labels == (Annotation(5, f"8@{SERVER}", Label.NEGATIVE, NOW),)
    assert found.changed_by == f"8@{SERVER}"


@pytest.mark.parametrize(
    ("given_task", "state"),
    [
        (task(), "open"),
        (task(annotation(1)), "open"),
        (task(annotation(1), is_labeled=True), "done"),
        (task(annotation(1, was_cancelled=True)), "skipped"),
        (task(annotation(1, was_cancelled=True), annotation(2), is_labeled=True), "done"),
    ],
)
def test_states_of_tasks(given_task: dict[str, Any], state: str) -> None:
    assert read_task(given_task, SERVER, NOW).state == state


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["from_name", "value", "choices"]), inner)
    ),
)
fields = st.dictionaries(
    st.sampled_from(["result", "completed_by", "updated_by", "updated_at", "was_cancelled"]), values
)


@given(st.lists(fields, max_size=3))
def test_any_annotation_is_read_or_listed(changes: list[dict[str, Any]]) -> None:
    annotations = [annotation(number) | change for number, change in enumerate(changes)]
    try:
        found = read_task(task(*annotations), SERVER, NOW)
    except LabelError:
        pytest.fail("a bad annotation drops the task")
    counted = len(found.bad) + sum(bool(each["was_cancelled"]) for each in annotations)
    assert (counted == len(annotations)) == (not found.labels)
