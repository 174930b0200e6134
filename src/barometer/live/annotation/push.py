"""Sampled headlines into Label Studio, each once: what is there is listed first, always."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, select

from barometer.live.annotation.answers import LabelError, title_id_of
from barometer.live.annotation.interface import title_task
from barometer.live.annotation.project import known_project
from barometer.live.annotation.studio import TIMEOUT, Studio
from barometer.live.store.annotation import Lease, read_tasks_of, save_tasks, unsent_titles
from barometer.live.store.dialects import chunks
from barometer.live.store.engine import reading, writing
from barometer.live.store.schema import news_titles

_BATCH = 250  # tasks in one request: a fraction of a second
LEASE_SECONDS = 2 * TIMEOUT  # an import outlives its sender by no more


@dataclass(frozen=True, slots=True)
class Pushed:
    """Counts of a push.

    Attributes:
        new: tasks imported.
        found: headlines that were there already, of an import whose answer was lost, for example.
        open: tasks that await an answer now.
        twice: tasks beyond the first of a headline, which somebody else imported.
    """

    new: int
    found: int
    open: int
    twice: int


def push_tasks(studio: Studio, engine: Engine, most_open: int, lease_seconds: float = LEASE_SECONDS) -> Pushed:
    """Import the sampled headlines that are no tasks yet, the earliest sampled first, up to `most_open` open ones.

    Killed at any moment it can be repeated: an import that the server took is found by listing. A repetition waits up
    to `lease_seconds` for one that was killed, because the server may still be at its import.

    Raises:
        StudioError: as requests do, or if there is no project.
        BusyError: if another push or pull does not end.
    """
    project = known_project(studio, engine)
    with Lease(engine, studio.server, lease_seconds) as lease:
        there, twice = listed_titles(studio, project)
        lease.renew()
        found = _save(engine, studio.server, there)
        new, waiting = 0, _waiting(engine, studio.server, most_open)
        for batch in chunks(waiting, _BATCH):
            lease.renew()
            new += _save(engine, studio.server, _imported(studio, engine, project, batch))
        return Pushed(new, found, len(_open(engine, studio.server)), twice)


def listed_titles(studio: Studio, project: int) -> tuple[dict[int, int], int]:
    """The first task of each headline by the headline's id, and how many tasks repeat a headline."""
    there: dict[int, int] = {}
    twice = 0
    for task in studio.tasks(project, "data"):
        try:
            title_id = title_id_of(task)
        except LabelError:
            continue  # somebody's own task
        twice += title_id in there
        there.setdefault(title_id, task["id"])
    return there, twice


def _imported(studio: Studio, engine: Engine, project: int, title_ids: Sequence[int]) -> dict[int, int]:
    columns = news_titles.c
    rows = select(columns.title_id, columns.title, columns.source, columns.url, columns.pub_time)
    with reading(engine) as connection:
        titles = connection.execute(rows.where(columns.title_id.in_(title_ids)).order_by(columns.title_id)).all()
    numbers = studio.add_tasks(project, [title_task(*title) for title in titles])
    return {title.title_id: number for title, number in zip(titles, numbers, strict=True)}


def _save(engine: Engine, server: str, tasks: dict[int, int]) -> int:
    with writing(engine) as connection:
        return save_tasks(connection, server, tasks, datetime.now(UTC))


def _open(engine: Engine, server: str) -> list[int]:
    with reading(engine) as connection:
        return [task for task, (_, state) in read_tasks_of(connection, server).items() if state == "open"]


def _waiting(engine: Engine, server: str, most_open: int) -> list[int]:
    room = max(most_open - len(_open(engine, server)), 0)
    with reading(engine) as connection:
        return unsent_titles(connection, server, room)
