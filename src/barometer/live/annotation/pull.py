"""Answers out of Label Studio: what changed since the last pull, mirrored with edits, deletions and skips."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from barometer.headline import parse_utc
from barometer.live.annotation.answers import LabelError, annotator_key, choices_of, read_annotation, title_id_of
from barometer.live.annotation.labels import hold_titles, save_annotations, stored_labels, withdraw
from barometer.live.annotation.project import known_project
from barometer.live.annotation.push import LEASE_SECONDS
from barometer.live.annotation.studio import Studio
from barometer.live.records import Annotation
from barometer.live.store.annotation import (
    BadAnnotation,
    Lease,
    TaskState,
    read_bad,
    read_project,
    read_tasks_of,
    replace_bad,
    save_pulled,
    save_states,
    save_tasks,
)
from barometer.live.store.dialects import chunks
from barometer.live.store.engine import reading, writing

_BATCH = 500  # tasks in one transaction
# A change may be committed after others that bear a later time; what is read twice changes nothing.
_OVERLAP = timedelta(seconds=30)
_SKEW = timedelta(minutes=5)  # by which the server's clock may be ahead of this one
_FUTURE = "is in the future"
# Of tasks, and of annotations: Label Studio looks for each name on both levels.
_FIELDS = ("data", "annotations", "updated_at", "is_labeled", "result", "completed_by", "updated_by", "was_cancelled")


@dataclass(frozen=True, slots=True)
class Pulled:
    """Counts of a pull.

    Attributes:
        changed: tasks that changed since the last pull, or a little before it.
        new: labels that are new or newer than stored ones.
        withdrawn: labels that are no more.
        deleted: tasks that are no more.
        unknown: tasks about headlines that the store does not have, or that an earlier task asks about.
        bad: annotations that cannot be used, of this and of earlier pulls, each with the reason.
    """

    changed: int
    new: int
    withdrawn: int
    deleted: int
    unknown: int
    bad: Sequence[BadAnnotation]


@dataclass(frozen=True, slots=True)
class TaskAnswers:
    """What the annotations of a task say now.

    Attributes:
        title_id, task_id: of headline and task.
        state: of the task.
        labels: the current label of each annotator.
        bad: annotations that cannot be used.
        changed_by: who changed an annotation last; the server, if it does not say.
    """

    title_id: int
    task_id: int
    state: TaskState
    labels: Sequence[Annotation] = ()
    bad: Sequence[BadAnnotation] = ()
    changed_by: str = ""


def read_task(task: Mapping[str, Any], server: str, now: datetime) -> TaskAnswers:
    """Read a task with its annotations; a bad one is put aside and does not touch the others.

    An annotation is that of the person who changed it last, and is in the future if its time is well after `now`.

    Raises:
        LabelError: if the task is not about a headline.
    """
    title_id, task_id = title_id_of(task), int(task["id"])
    labels: dict[str, Annotation] = {}
    bad: list[BadAnnotation] = []
    skipped, changed_by, latest = 0, server, ""
    for given in task.get("annotations") or ():
        if str(given.get("updated_at")) > latest and given.get("updated_by") is not None:
            latest, changed_by = str(given.get("updated_at")), annotator_key(str(given["updated_by"]), server)
        if given.get("was_cancelled"):
            skipped += 1
            continue
        try:
            label = _read(title_id, given, server, now)
        except LabelError as error:
            bad.append(BadAnnotation(int(given["id"]), task_id, f"task {task_id}: {error}"))
            continue
        before = labels.get(label.annotator)
        if before is None or label.annotated_at >= before.annotated_at:
            labels[label.annotator] = label
    return TaskAnswers(title_id, task_id, _state(task, labels, skipped), tuple(labels.values()), bad, changed_by)


def _read(title_id: int, given: Mapping[str, Any], server: str, now: datetime) -> Annotation:
    if given.get("completed_by") is None:
        raise LabelError("completed_by is None; expected an annotator")
    label = read_annotation(title_id, {**given, **choices_of(given)}, given.get("updated_by"), server)
    if label.annotated_at > now + _SKEW:
        raise LabelError(f"its time, {label.annotated_at.isoformat()}, {_FUTURE}")
    return label


def _state(task: Mapping[str, Any], labels: Mapping[str, Annotation], skipped: int) -> TaskState:
    if not labels and skipped:
        return "skipped"
    return "done" if task.get("is_labeled") else "open"


def pull_labels(studio: Studio, engine: Engine, lease_seconds: float = LEASE_SECONDS) -> Pulled:
    """Mirror the answers that changed since the last pull, and which tasks are gone.

    Killed at any moment it can be repeated: how far it came is stored only with what it read.

    Raises:
        StudioError: as requests do, or if there is no project.
        BusyError: if another push or pull does not end.
    """
    project = known_project(studio, engine)
    with Lease(engine, studio.server, lease_seconds) as lease:
        return _Pull(studio, engine, lease).run(project)


@dataclass
class _Pull:
    studio: Studio
    engine: Engine
    lease: Lease
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, project: int) -> Pulled:
        began = datetime.now(UTC)
        with reading(self.engine) as connection:
            known = read_project(connection, self.studio.server)
        newest = known.pulled_to if known else None
        # What went before the tasks are listed is gone; a task that goes later is found gone by the next pull.
        for batch in self._changed(project, newest):
            self.lease.renew()
            self.counts["read"] += len(batch)
            moments = [parse_utc(task["updated_at"]) for task in batch]
            newest = max([*moments, *([newest] if newest else [])])
            with writing(self.engine) as connection:
                self._mirror(connection, batch)
        there = self._there(project)
        self.lease.renew()
        with writing(self.engine) as connection:
            if there is not None:
                self._drop(connection, there)
            # Only now: pages go by number and not by time, so a killed pull has to begin at the same place.
            if newest is not None:
                save_pulled(connection, self.studio.server, min(newest, began - _OVERLAP))
            bad = read_bad(connection, self.studio.server)
        counts = self.counts
        return Pulled(counts["changed"], counts["new"], counts["withdrawn"], counts["deleted"], counts["unknown"], bad)

    def _there(self, project: int) -> set[int] | None:
        """The numbers of all tasks; None if none is gone, since none is new and the store knows as many."""
        if not self.counts["read"]:
            with reading(self.engine) as connection:
                known = read_tasks_of(connection, self.studio.server).values()
            number = self.studio.ask("GET", f"/api/projects/{project}/")["task_number"]
            if number == sum(state != "deleted" for _, state in known):
                return None
        return {task["id"] for task in self.studio.tasks(project)}

    def _changed(self, project: int, newest: datetime | None) -> Iterator[Sequence[dict[str, Any]]]:
        yield from chunks(self.studio.tasks(project, *_FIELDS, since=newest), _BATCH)
        with reading(self.engine) as connection:
            early = {bad.task_id for bad in read_bad(connection, self.studio.server) if bad.reason.endswith(_FUTURE)}
        if early and newest is not None:  # their time may have come, which changes nothing on the server
            again = self.studio.tasks(project, *_FIELDS)
            yield from chunks((task for task in again if task["id"] in early), _BATCH)

    def _mirror(self, connection: Connection, tasks: Sequence[dict[str, Any]]) -> None:
        now, server = datetime.now(UTC), self.studio.server
        read: list[TaskAnswers] = []
        for task in tasks:
            try:
                read.append(read_task(task, server, now))
            except LabelError:
                continue  # somebody's own task
        hold_titles(connection, {answers.title_id for answers in read})
        mine = self._known(connection, read, now)
        save_states(connection, server, {answers.task_id: answers.state for answers in mine})
        replace_bad(connection, server, [a.task_id for a in mine], [bad for a in mine for bad in a.bad], now)
        self.counts["changed"] += len(read)
        self.counts["unknown"] += len(read) - len(mine)
        self.counts["withdrawn"] += _withdraw_others(connection, server, mine, now)
        self.counts["new"] += save_annotations(connection, [label for answers in mine for label in answers.labels])

    def _known(self, connection: Connection, read: Sequence[TaskAnswers], now: datetime) -> list[TaskAnswers]:
        """The tasks that ask about a stored headline, one for each; those that the store did not know are stored."""
        known = read_tasks_of(connection, self.studio.server)
        asked = {title_id for title_id, state in known.values() if state != "deleted"}
        new: dict[int, int] = {}
        for answers in read:
            if answers.task_id not in known and answers.title_id not in asked:
                new.setdefault(answers.title_id, answers.task_id)
        save_tasks(connection, self.studio.server, new, now)
        tasks = read_tasks_of(connection, self.studio.server) if new else known
        return [answers for answers in read if answers.task_id in tasks]

    def _drop(self, connection: Connection, there: set[int]) -> None:
        server, now = self.studio.server, datetime.now(UTC)
        known = read_tasks_of(connection, server)
        gone = {task: title_id for task, (title_id, state) in known.items() if task not in there and state != "deleted"}
        hold_titles(connection, gone.values())
        answers = [TaskAnswers(title_id, task, "deleted", changed_by=server) for task, title_id in gone.items()]
        save_states(connection, server, dict.fromkeys(gone, "deleted"))
        replace_bad(connection, server, gone, [], now)
        self.counts["deleted"] += len(gone)
        self.counts["withdrawn"] += _withdraw_others(connection, server, answers, now)


def _withdraw_others(connection: Connection, server: str, tasks: Sequence[TaskAnswers], now: datetime) -> int:
    """Withdraw the labels that annotators of a server gave once, and that its tasks do not have now."""
    current = {(label.title_id, label.annotator) for task in tasks for label in task.labels}
    by = {task.title_id: task.changed_by for task in tasks}
    stored = stored_labels(connection, by.keys())
    ending = annotator_key("", server)
    gone = [old for old in stored if old.annotator.endswith(ending) and (old.title_id, old.annotator) not in current]
    return withdraw(connection, gone, by, now)
