"""The labelling interface, and exports of Label Studio as annotations."""

import csv
import json
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.labels import Label
from barometer.live.annotation.answers import LabelError
from barometer.live.annotation.exports import read_export, read_tasks
from barometer.live.annotation.interface import label_config, suggestion, title_tasks
from barometer.live.records import Annotation, ListedTitle


def test_interface_offers_classes_and_not_news() -> None:
    choices = list(ET.fromstring(label_config()).iter("Choice"))
    assert [choice.get("value") for choice in choices] == ["Negative", "Neutral", "Positive", "Not news", "Hard"]
    assert [choice.get("hotkey") for choice in choices] == ["1", "2", "3", "4", "5"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_label_studio_accepts_interface_and_suggestion() -> None:
    sdk = pytest.importorskip("label_studio_sdk.label_interface")
    interface = sdk.LabelInterface(label_config('<Header value="$source"/>'))
    interface.validate()
    assert interface.validate_prediction(suggestion("v", "Neutral", 0.12345))
    assert not interface.validate_prediction(suggestion("v", "Up", 0.5))


NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
TITLE = ListedTitle(
    -6570896551958364191, 'Ether "falls" <b>', "example", "https://example.org/a", NOON, (0.7, 0.2, 0.1),
    Label.NEGATIVE, 0.8,
)  # fmt: skip
ID = str(TITLE.title_id)


def submitted(choice: str, by: object = 7, at: str = "2024-05-17T14:00:00+02:00", **more: object) -> dict[str, Any]:
    result = {"from_name": "sentiment", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}
    return {"completed_by": by, "result": [result], "created_at": "2020-01-01T00:00:00Z", "updated_at": at, **more}


def task(*annotations: object, title_id: object = ID, number: int = 17) -> dict[str, Any]:
    return {"id": number, "data": {"text": "Ether falls", "title_id": title_id}, "annotations": list(annotations)}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_label_studio_accepts_the_tasks() -> None:
    (made,) = title_tasks("v1", [TITLE])
    assert made["data"]["title_id"] == ID and made["data"]["pub_time"] == "2024-05-17T12:00:00+00:00"
    assert made["predictions"][0]["score"] == 0.7
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(label_config())
    assert interface.validate_task({"data": made["data"]})
    assert interface.validate_prediction(made["predictions"][0])


def test_annotations_become_labels_with_utc_times() -> None:
    one, other = submitted("Positive"), submitted("Not news", by={"id": 8, "email": "a@example.org"})
    found = read_tasks([task(one, other, submitted("Neutral", was_cancelled=True)), task(number=18)])
    assert found.annotations == (
        Annotation(TITLE.title_id, "7", Label.POSITIVE, NOON),
        Annotation(TITLE.title_id, "8", None, NOON),
    )
    assert found.skipped == Counter({"cancelled": 1, "without annotation": 1})


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_flat_exports_say_the_same(tmp_path: Path, suffix: str) -> None:
    text = "Ether\u2028falls,\n again"
    rows = [
        {
            "id": 1,
            "text": text,
            "title_id": ID,
            "sentiment": "Negative",
            "annotator": 7,
            "updated_at": NOON.isoformat(),
        },
        {"id": 2, "text": text, "title_id": ID, "sentiment": "", "annotator": 7, "updated_at": NOON.isoformat()},
    ]
    path = tmp_path / f"export.{suffix}"
    with path.open("w", encoding="utf-8", newline="") as file:
        if suffix == "json":
            json.dump(rows, file)
        else:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    found = read_export(path)
    assert found.annotations == (Annotation(TITLE.title_id, "7", Label.NEGATIVE, NOON),)
    assert found.skipped == Counter({"without annotation": 1})


def test_tab_separated_exports_named_csv(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    rows = [
        ["id", "title_id", "sentiment", "flags", "annotator", "updated_at"],
        ["1", ID, "Negative", "", "7", NOON.isoformat()],
        ["1", ID, "Neutral", '{"choices": ["Not news", "Hard"]}', "8", NOON.isoformat()],
        ["1", ID, "Positive", "Hard", "9", NOON.isoformat()],
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(rows)
    assert read_export(path).annotations == (
        Annotation(TITLE.title_id, "7", Label.NEGATIVE, NOON),
        Annotation(TITLE.title_id, "8", None, NOON, hard=True),
        Annotation(TITLE.title_id, "9", Label.POSITIVE, NOON, hard=True),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "its header lacks title_id, sentiment, annotator; found a, b"),
        ("title_id\tsentiment\n5\tUp\n", "its header lacks annotator; found title_id, sentiment"),
        ("title_id,sentiment,annotator\n5,Positive\n", "line 2: expected 3 cells, as the header has"),
        ('{"id": 1}', "expected a list of tasks, as Label Studio exports it, not dict"),
    ],
)
def test_wrong_shapes_are_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LabelError, match=said):
        read_export(path)


@pytest.mark.slow  # what it imports takes seconds
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_converted_exports_give_the_same_labels(tmp_path: Path) -> None:
    converter = pytest.importorskip("label_studio_sdk.converter.converter")
    path = tmp_path / "export.json"
    skipped = submitted("Neutral", by=8, was_cancelled=True, id=2, lead_time=1.0)
    path.write_text(json.dumps([task(submitted("Not news", id=1, lead_time=1.0), skipped)]), encoding="utf-8")
    expected = read_export(path).annotations
    assert expected == (Annotation(TITLE.title_id, "7", None, NOON),)
    write = converter.Converter(config=label_config(), project_dir=str(tmp_path)).convert
    for name, result in (("JSON_MIN", "result.json"), ("CSV", "result.csv")):
        write(str(path), str(tmp_path / name), converter.Format[name], is_dir=False)
        assert read_export(tmp_path / name / result).annotations == expected


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (task(submitted("Up")), "task 17: choices are ['Up']; expected one of Negative"),
        (task(submitted("Positive", by=None)), "task 17: completed_by is None"),
        (task(submitted("Positive", at="yesterday")), "task 17: annotation time is 'yesterday'"),
        (task(submitted("Positive", result=[])), r"task 17: choices are []"),
        (task(submitted("Positive", result=[{"from_name": "sentiment"}])), "task 17: broken annotation result"),
        (task(title_id=2.5), "task 17: title_id is 2.5"),
        (task(title_id=str(2**63)), "task 17: title_id is '9223372036854775808'"),
        ({"data": {"text": "no id"}, "annotations": []}, "task at position 1: title_id is None"),
        ("text", "task at position 1: title_id is None"),
    ],
)
def test_errors_name_the_broken_task(broken: object, said: str) -> None:
    with pytest.raises(LabelError) as caught:
        read_tasks([broken])
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("content", [b"{}", b"\xff", b"[" * 100_000, b"", b"Id;Label"])
def test_other_files_are_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(content)
    with pytest.raises(LabelError, match=r"export\.json: .*Label Studio"):
        read_export(path)


KEYS = "id data title_id sentiment annotator annotations result from_name value choices completed_by email updated_at"
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5),
)


@given(st.lists(values, max_size=3), values)
def test_any_export_is_read_or_refused(tasks: list[Any], annotation: Any) -> None:
    with_annotation = [{"data": {"title_id": ID}, "annotations": [annotation]}]
    for given_tasks in (tasks, with_annotation):
        try:
            read_tasks(given_tasks)
        except LabelError as error:
            assert str(error).startswith("task ")
