from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from barometer.labels import Label
from barometer.live.annotation.labels import read_annotations, save_annotations
from barometer.live.records import Annotation
from barometer.live.store.engine import reading, writing

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


def test_an_annotator_has_one_label_for_a_title_the_newest(
    database: Engine, save_scored: Callable[..., list[int]]
) -> None:
    title = save_scored(database, "v", [(NOW, 0.5, ())])[0]
    first = Annotation(title, "ann", Label.NEGATIVE, NOW)
    second = replace(first, label=None, annotated_at=NOW + timedelta(minutes=1))
    other = Annotation(title, "bob", Label.POSITIVE, NOW)
    with writing(database) as connection:
        assert save_annotations(connection, [first, other]) == 2
        assert save_annotations(connection, [first, other]) == 0
        assert save_annotations(connection, [second, first]) == 1
        assert save_annotations(connection, [first]) == 0
        assert save_annotations(connection, []) == 0
    with reading(database) as connection:
        assert read_annotations(connection) == [other, second]
        assert read_annotations(connection, since=second.annotated_at) == [second]


def test_a_label_of_no_stored_title_is_refused(database: Engine) -> None:
    with pytest.raises(IntegrityError), writing(database) as connection:
        save_annotations(connection, [Annotation(1, "ann", Label.NEUTRAL, NOW)])
