"""Labels on their way into the store, and out of it as a corpus."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from barometer.corpus.sources import read_corpus
from barometer.labels import Label
from barometer.live.annotation.answers import LabelError
from barometer.live.annotation.exports import LabelReading
from barometer.live.annotation.labels import (
    LabelledTitle,
    awaited_titles,
    corpus_csv,
    labelled_titles,
    read_annotations,
    save_annotations,
    save_labels,
)
from barometer.live.annotation.sampling import sample_titles
from barometer.live.records import Annotation, Prediction
from barometer.live.store.engine import reading, writing
from barometer.live.store.predictions import save_predictions

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
Save = Callable[[Engine, str, Sequence[tuple[datetime, float, Iterable[str]]]], list[int]]


def export(*annotations: Annotation) -> LabelReading:
    return LabelReading(annotations, {given.title_id: f"task {n}" for n, given in enumerate(annotations, start=1)})


def test_sampled_titles_wait_for_a_label(database: Engine, save_scored: Save) -> None:
    old, new, other, _ = save_scored(
        database, "v1", [(NOW - HOUR, 0.5, ()), (NOW, 0.5, ()), (NOW, 0.4, ()), (NOW, 0.9, ())]
    )
    with writing(database) as connection:
        save_predictions(connection, "v0", [Prediction(old, (0.2, 0.3, 0.5), is_annotating=True)], NOW)
        save_predictions(connection, "v1", [Prediction(old, (0.2, 0.3, 0.5), is_annotating=True)], NOW)
    sample_titles(database, "v1", lambda probabilities, k: probabilities[:, 2].argsort()[:k], 2, NOW)
    with writing(database) as connection:
        save_labels(connection, export(Annotation(other, "7", None, NOW)))
    with reading(database) as connection:
        awaited = awaited_titles(connection)
    assert {version: [title.title_id for title in titles] for version, titles in awaited.items()} == {
        "v0": [old],
        "v1": [new],
    }


def test_import_repeats_safely_and_newer_wins(database: Engine, save_scored: Save) -> None:
    one, two = save_scored(database, "v", [(NOW, 0.5, ()), (NOW, 0.5, ())])
    first = export(Annotation(one, "7", Label.POSITIVE, NOW), Annotation(two, "7", None, NOW))
    later = export(Annotation(one, "7", Label.NEGATIVE, NOW + HOUR), Annotation(one, "7", Label.NEUTRAL, NOW))
    for given, expected in ((first, (2, 0)), (first, (0, 2)), (later, (1, 0)), (first, (0, 2))):
        with writing(database) as connection:
            done = save_labels(connection, given)
        assert (done.new, done.unchanged) == expected
    with reading(database) as connection:
        labels = {given.title_id: given.label for given in read_annotations(connection)}
    assert labels == {one: Label.NEGATIVE, two: None}


def test_unknown_headlines_stop_or_are_skipped(database: Engine, save_scored: Save) -> None:
    (known,) = save_scored(database, "v", [(NOW, 0.5, ())])
    given = export(Annotation(known, "7", Label.POSITIVE, NOW), Annotation(-5, "7", Label.POSITIVE, NOW))
    with (
        pytest.raises(LabelError, match=r"lacks: 1 \(task 2: -5\); --skip-unknown leaves"),
        writing(database) as connection,
    ):
        save_labels(connection, given)
    with reading(database) as connection:
        assert read_annotations(connection) == []
    with writing(database) as connection:
        done = save_labels(connection, given, skip_unknown=True)
    assert (done.new, done.skipped["unknown headline"]) == (1, 1)


def test_corpus_round_trip_keeps_the_votes(tmp_path: Path) -> None:
    said: list[list[tuple[str, Label | None]]] = [
        [("a@example.org", Label.POSITIVE), ("7", Label.NEGATIVE)],
        [("7", None)],
        [("7", Label.NEUTRAL), ("8", None), ("9", Label.NEUTRAL)],
        [("8", None), ("9", Label.NEUTRAL)],
    ]
    titles = [
        LabelledTitle(f'Bitcoin, "{n}"', "example", NOW, tuple(Annotation(n, who, label, NOW) for who, label in votes))
        for n, votes in enumerate(said)
    ]
    text, left_out = corpus_csv(titles)
    (tmp_path / "corpus.csv").write_text(text, encoding="utf-8")
    rows, refused = read_corpus(tmp_path / "corpus.csv")
    assert left_out == 2 and not refused and "@" not in text
    assert [(row.text, row.date, row.source) for row in rows] == [
        ('Bitcoin, "0"', "2024-05-17T08:30:00Z", "example"),
        ('Bitcoin, "2"', "2024-05-17T08:30:00Z", "example"),
    ]
    assert [[vote.label for vote in row.votes] for row in rows] == [
        [Label.NEGATIVE, Label.POSITIVE],
        [Label.NEUTRAL, Label.NEUTRAL],
    ]
    assert not any(vote.expert for row in rows for vote in row.votes)


def test_labelled_headlines_come_oldest_first(database: Engine, save_scored: Save) -> None:
    new, old, _ = save_scored(database, "v", [(NOW, 0.5, ()), (NOW - HOUR, 0.5, ()), (NOW, 0.5, ())])
    given = export(*[Annotation(i, who, Label.NEUTRAL, NOW) for i in (new, old) for who in ("7", "8")])
    with writing(database) as connection:
        save_labels(connection, given)
    with reading(database) as connection:
        titles = labelled_titles(connection)
    assert [title.pub_time for title in titles] == [NOW - HOUR, NOW]
    assert [len(title.annotations) for title in titles] == [2, 2]


def test_newest_label_of_an_annotator_wins(database: Engine, save_scored: Callable[..., list[int]]) -> None:
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


def test_label_of_unknown_title_is_refused(database: Engine) -> None:
    with pytest.raises(IntegrityError), writing(database) as connection:
        save_annotations(connection, [Annotation(1, "ann", Label.NEUTRAL, NOW)])
