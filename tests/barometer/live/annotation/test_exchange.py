"""Headlines to a real Label Studio and answers back, with every change that people make, and with kills."""

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Engine

from barometer.labels import Label
from barometer.live.annotation.labels import read_annotations
from barometer.live.annotation.project import ProjectPlan, known_project, set_up
from barometer.live.annotation.pull import pull_labels
from barometer.live.annotation.push import listed_titles, push_tasks
from barometer.live.annotation.studio import Studio, StudioError, opened_studio
from barometer.live.store.engine import open_engine, reading
from barometer.live.store.schema import ended_labels

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
PEOPLE = 3
KILLS = 10  # of a push, and of a pull
RUN = """
import sys
from barometer.live.annotation.pull import pull_labels
from barometer.live.annotation.push import push_tasks
from barometer.live.annotation.studio import opened_studio
from barometer.live.store.upgrade import opened_store
what, url, database, token = sys.argv[1:]
with opened_store(database) as engine, opened_studio(url, token) as studio:
    ask = studio.ask
    def told(*words, **options):  # the first request: imports are done, and the lease is taken
        studio.ask = ask
        print("at work", flush=True)
        return ask(*words, **options)
    studio.ask = told
    push_tasks(studio, engine, 5000, 2.0) if what == "push" else pull_labels(studio, engine, 2.0)
"""


@pytest.fixture
def studio(label_studio: Any) -> Iterator[Studio]:
    with opened_studio(label_studio.url, label_studio.token) as client:
        yield client


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def project(studio: Studio, engine: Engine, request: pytest.FixtureRequest) -> int:
    return set_up(studio, engine, ProjectPlan(request.node.name, PEOPLE))[0]


def labels(engine: Engine) -> list[tuple[int, str, Label | None, bool]]:
    with reading(engine) as connection:
        return [(each.title_id, each.annotator, each.label, each.hard) for each in read_annotations(connection)]


def ended(engine: Engine) -> list[tuple[Any, ...]]:
    columns = [ended_labels.c[name] for name in ("title_id", "annotator", "label", "ended_by", "reason")]
    with reading(engine) as connection:
        rows = ended_labels.select().with_only_columns(*columns).order_by(ended_labels.c.ended_id)
        return [tuple(row) for row in connection.execute(rows)]


def test_setup_repeats_without_change(studio: Studio, engine: Engine, project: int) -> None:
    found = studio.ask("GET", f"/api/projects/{project}/")
    assert set_up(studio, engine, ProjectPlan(found["title"], 2)) == (project, False)
    found = studio.ask("GET", f"/api/projects/{project}/")
    assert (found["show_collab_predictions"], found["maximum_annotations"]) == (False, 2)
    assert found["show_instruction"] and "Negation counts" in found["expert_instruction"]
    assert len(studio.projects(found["title"])) == 1


def test_every_change_is_mirrored(
    label_studio: Any, studio: Studio, engine: Engine, project: int, stored: Callable[[int], list[int]]
) -> None:
    ids = stored(6)
    assert push_tasks(studio, engine, 5).new == 5
    assert (push_tasks(studio, engine, 5).new, push_tasks(studio, engine, 6).new) == (0, 1)
    tasks, twice = listed_titles(studio, project)
    assert (set(tasks), twice) == (set(ids), 0)
    ann, bob, eve = (label_studio.person(name) for name in ("ann", "bob", "eve"))
    kept, edited, taken, deleted, skipped, gone = (tasks[title_id] for title_id in ids)
    ann.answer(kept, "Positive", flags=("Hard",))
    bob.answer(kept, "Neutral", flags=("Not news",))
    one, two, three = (ann.answer(task, "Positive") for task in (edited, taken, deleted))
    eve.answer(skipped, skip=True)
    bad = eve.answer(kept)  # empty
    ann.answer(gone, "Negative")
    pulled = pull_labels(studio, engine)
    assert (pulled.new, pulled.withdrawn, pulled.deleted) == (6, 0, 0)
    assert [(each.annotation_id, each.reason.partition(": ")[2][:14]) for each in pulled.bad] == [
        (bad, "choices are []")
    ]

    def key(person: Any) -> str:
        return f"{person.number}@{studio.server}"

    first = labels(engine)
    assert (ids[0], key(ann), Label.POSITIVE, True) in first and (ids[0], key(bob), None, False) in first
    ann.edit(one, "Negative")
    bob.edit(two, "Neutral")  # a colleague's answer
    ann.ask("DELETE", f"/api/annotations/{three}/")
    label_studio.owner().ask("DELETE", f"/api/tasks/{gone}/")
    eve.edit(bad, "Negative")
    pulled = pull_labels(studio, engine)
    assert (pulled.new, pulled.withdrawn, pulled.deleted, pulled.bad) == (3, 3, 1, [])
    assert sorted(labels(engine), key=str) == sorted(
        [
            (ids[0], key(ann), Label.POSITIVE, True),
            (ids[0], key(bob), None, False),
            (ids[0], key(eve), Label.NEGATIVE, False),
            (ids[1], key(ann), Label.NEGATIVE, False),
            (ids[2], key(bob), Label.NEUTRAL, False),
        ],
        key=str,
    )
    assert set(ended(engine)) == {
        (ids[1], key(ann), "2", key(ann), "changed"),
        (ids[2], key(ann), "2", key(bob), "withdrawn"),
        (ids[3], key(ann), "2", studio.server, "withdrawn"),
        (ids[5], key(ann), "0", studio.server, "withdrawn"),
    }
    again = pull_labels(studio, engine)
    assert (again.new, again.withdrawn, again.deleted) == (0, 0, 0)
    assert push_tasks(studio, engine, 100).new == 0  # what was deleted or skipped stays so


def test_lost_answer_pushes_nothing_twice(
    studio: Studio, engine: Engine, project: int, stored: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(3)
    send = studio.add_tasks

    def lose(number: int, tasks: Any) -> list[int]:
        send(number, tasks)
        raise StudioError("no answer")

    monkeypatch.setattr(studio, "add_tasks", lose)
    with pytest.raises(StudioError, match="no answer"):
        push_tasks(studio, engine, 10)
    monkeypatch.undo()
    done = push_tasks(studio, engine, 10)
    assert (done.new, done.found, done.open, done.twice) == (0, 3, 3, 0)


def killed_and_repeated(what: str, url: str, database: str, token: str) -> None:
    """Kill a push or pull at ten random moments of its work, which the next one goes on with; then let one end."""
    chance, kills = random.Random(7), 0
    command = [sys.executable, "-c", RUN, what, url, database, token]
    for _ in range(40):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stdout.readline() == b"at work\n"
            with suppress(subprocess.TimeoutExpired):  # more often soon than late, since little may be left to do
                process.wait(0.6 * chance.random() ** 2)
            process.send_signal(signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
        if kills == KILLS:
            break
    assert kills == KILLS
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def test_killed_exchange_doubles_and_loses_nothing(
    label_studio: Any, studio: Studio, engine: Engine, sqlite_url: str, stored: Callable[[int], list[int]],
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    number = set_up(studio, engine, ProjectPlan(request.node.name, PEOPLE))[0]
    ids = stored(600)
    killed_and_repeated("push", label_studio.url, sqlite_url, label_studio.token)
    tasks, twice = listed_titles(studio, number)
    assert (set(tasks), twice) == (set(ids), 0)
    answered = ids[:120]
    ann = label_studio.person("ann")
    for position, title_id in enumerate(answered):
        ann.answer(tasks[title_id], ("Negative", "Neutral", "Positive")[position % 3])
    killed_and_repeated("pull", label_studio.url, sqlite_url, label_studio.token)
    found = labels(engine)
    assert Counter(title_id for title_id, *_ in found) == Counter(answered)
    assert [label for *_, label, _ in sorted(found, key=lambda row: answered.index(row[0]))] == [
        Label(position % 3) for position in range(len(answered))
    ]
    assert ended(engine) == []


def test_refusals_are_one_line(label_studio: Any, engine: Engine) -> None:
    with (
        opened_studio(label_studio.url, "0123456789abcdef0123456789abcdef01234567") as wrong,
        pytest.raises(StudioError, match=r"refuses LABEL_STUDIO_TOKEN .* not a legacy token$"),
    ):
        wrong.ask("GET", "/api/projects/")
    with (
        opened_studio(f"{label_studio.url}/nowhere", label_studio.token) as elsewhere,
        pytest.raises(StudioError, match=r"^POST http://.*/nowhere/api/token/refresh/: "),
    ):
        elsewhere.ask("GET", "/api/projects/")
    with (
        opened_studio("http://127.0.0.1:9", "x") as closed,
        pytest.raises(StudioError, match=r"^no project on http://127.0.0.1:9 yet"),
    ):
        known_project(closed, engine)
