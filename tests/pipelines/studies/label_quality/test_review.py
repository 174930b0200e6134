import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from pipelines.studies.label_quality.review import LABEL_CONFIG, review_table, review_tasks

HEADLINES = pd.DataFrame(
    {
        "id": [3, -6570896551958364191, 2],
        "text": ["Bitcoin rises", 'Ether "falls", again', "Tron explained"],
        "label": [0, 2, 1],
        "suggested": [2, 0, 2],
        "quality": [0.3, 0.123456, 0.3],
        "suspected_by": ["bert", "bert and tfidf", "tfidf"],
        "corpus": "demo",
        "date": ["2024-01-01T00:00:00Z", "", ""],
    }
)


def test_the_worst_label_comes_first_with_names_of_classes() -> None:
    table = review_table(HEADLINES)
    assert table["id"].tolist() == ["-6570896551958364191", "2", "3"]
    assert table.loc[0, ["current_label", "suggested_label", "quality"]].tolist() == ["Positive", "Negative", 0.1235]
    assert list(table) == [
        "id", "text", "current_label", "suggested_label", "quality", "suspected_by", "corpus", "date"
    ]  # fmt: skip


def test_no_suspect_gives_an_empty_table_and_no_task() -> None:
    table = review_table(HEADLINES[:0])
    assert len(table) == 0
    assert review_tasks(table) == []


def test_tasks_carry_the_suggestion_as_a_prediction() -> None:
    task = review_tasks(review_table(HEADLINES))[0]
    assert task["data"]["text"] == 'Ether "falls", again'
    (prediction,) = task["predictions"]
    assert prediction["score"] == pytest.approx(0.8765)
    assert prediction["result"][0]["value"] == {"choices": ["Negative"]}


def test_the_labelling_interface_offers_every_class_and_not_news() -> None:
    root = ET.fromstring(LABEL_CONFIG)
    assert [choice.get("value") for choice in root.iter("Choice")] == ["Negative", "Neutral", "Positive", "Not news"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_label_studio_accepts_interface_and_tasks() -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(LABEL_CONFIG)
    interface.validate()
    for task in review_tasks(review_table(HEADLINES)):
        assert interface.validate_task({"data": task["data"]})
        assert interface.validate_prediction(task["predictions"][0])
    unknown = task["predictions"][0] | {
        "result": [task["predictions"][0]["result"][0] | {"value": {"choices": ["Up"]}}]
    }
    assert not interface.validate_prediction(unknown)
