"""The annotation page over a real store."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from barometer.labels import Label
from barometer.live.annotation.labels import save_annotations
from barometer.live.annotation.sampling import mark_annotating
from barometer.live.records import Annotation
from barometer.live.store.annotation import BadAnnotation, replace_bad, save_project, save_states, save_tasks
from barometer.live.store.engine import writing
from barometer.live.store.measurements import save_measurement
from serve.api.store import BarometerStore
from serve.app.pages.annotation import describe, show

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
SERVER = "https://labels.example.org"


@pytest.fixture
def context(database: Engine) -> Any:
    return SimpleNamespace(store=BarometerStore(database))


def test_an_empty_store_says_what_to_do(context: Any) -> None:
    page = show(context)
    assert "<code>barometer annotation setup</code>" in page and page.count("Not measured yet") == 2
    assert "No headline has a label yet" in page and "Mix of the current labels" not in page


def test_queue_labels_agreement_and_drift(
    context: Any, database: Engine, save_scored: Callable[..., list[int]]
) -> None:
    ids = save_scored(database, "v", [(NOW, 0.5, ())] * 4)
    drift = {"auc": 0.62, "low": 0.6, "high": 0.64, "control": {"value": 0.5}, "newer_headlines": 812}
    agreement = {"headlines": 1, "votes": 2, "alpha": 0.71, "unanimous": 0.5, "kappa": {"1 - 2": 0.66}}
    with writing(database) as connection:
        mark_annotating(connection, "v", ids[:3])
        mark_annotating(connection, "v", ids[3:], "random")
        save_project(connection, SERVER, 7)
        save_tasks(connection, SERVER, {title_id: task for task, title_id in enumerate(ids[:3], start=1)}, NOW)
        save_states(connection, SERVER, {1: "done", 2: "skipped"})
        votes = [("1@x", Label.POSITIVE), ("2@x", None), ("3@x", Label.POSITIVE)]
        save_annotations(connection, [Annotation(ids[0], who, label, NOW, hard=label is None) for who, label in votes])
        replace_bad(connection, SERVER, [2], [BadAnnotation(9, 2, "empty")], NOW)
        save_measurement(connection, "agreement", NOW, agreement)
        save_measurement(connection, "drift", NOW, drift)
    page = show(context)
    assert f'href="{SERVER}/projects/7"' in page and "1@x" not in page
    assert "<strong>2</strong> headlines await an answer; 1 of all" in page
    for state in ("open", "done", "skipped"):
        assert f'<th scope="row">{state}</th><td>1</td>' in page
    assert '<th scope="row">Positive</th><td>2</td><td>67%' in page and "1 marked as hard" in page
    assert "alpha is <strong>0.71</strong>" in page and '<th scope="row">1 - 2</th><td>0.66</td>' in page
    assert "0.62" in page and "0.60 to 0.64" in page and "812" in page
    assert "Annotations that cannot be used: 1." in page
    found = describe(context)
    assert (found["waiting"], found["labels"]["Not news"], found["drift"][0]["auc"]) == (2, 1, 0.62)
