"""What the store knows of annotation servers: their tasks, bad annotations, and who exchanges with them now."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Literal, Self, TypeAlias
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, exists, func, or_, select, update

from barometer.live.store.dialects import chunks, insert
from barometer.live.store.engine import writing
from barometer.live.store.schema import (
    annotation_servers,
    annotation_tasks,
    bad_annotations,
    labeled_news_titles,
    news_titles,
    samples,
)

TaskState: TypeAlias = Literal["open", "done", "skipped", "deleted"]
Sampled: TypeAlias = Literal["random", "uncertain"]


@dataclass(frozen=True, slots=True)
class KnownProject:
    """The project on a server, and up to which change of its tasks (UTC) labels were pulled."""

    project: int
    pulled_to: datetime | None


def save_project(connection: Connection, server: str, project: int) -> None:
    """Remember the project of a server; another one than before is pulled from its beginning."""
    statement = insert(connection, annotation_servers).values(server=server, project=project)
    changed = annotation_servers.c.project != statement.excluded.project
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["server"], set_={"project": project, "pulled_to": None}, where=changed
        )
    )


def read_project(connection: Connection, server: str) -> KnownProject | None:
    """The project of a server; None before it was set up."""
    columns = annotation_servers.c
    row = connection.execute(select(columns.project, columns.pulled_to).where(columns.server == server)).one_or_none()
    return None if row is None else KnownProject(row.project, row.pulled_to)


def save_pulled(connection: Connection, server: str, moment: datetime) -> None:
    """Remember up to which change labels were pulled."""
    row = update(annotation_servers).where(annotation_servers.c.server == server)
    connection.execute(row.values(pulled_to=moment))


class BusyError(RuntimeError):
    """Somebody else exchanges with the server all the time."""


_PATIENCE_SECONDS = 600.0


class Lease:
    """The right to exchange with a server, for `seconds` from each renewal.

    It outlasts a request whose sender was killed: until then the server may still be taking what was sent.
    """

    def __init__(self, engine: Engine, server: str, seconds: float) -> None:
        self._engine, self._server, self._seconds = engine, server, seconds
        self._token = uuid4().hex

    def __enter__(self) -> Self:
        """Wait until nobody else has the right, and take it.

        Raises:
            BusyError: if it is not free after ten minutes.
        """
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self._taken():
            if time.monotonic() > end:
                raise BusyError(f"another push or pull is at work on {self._server}; try again later")
            time.sleep(0.2)
        return self

    def renew(self) -> None:
        """Begin the time anew.

        Raises:
            BusyError: if it ended meanwhile, and somebody else has the right.
        """
        if not self._taken():
            raise BusyError(f"another push or pull began on {self._server}, since this one stood still for too long")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the right back."""
        columns = annotation_servers.c
        with writing(self._engine) as connection:
            mine = update(annotation_servers).where(columns.server == self._server, columns.token == self._token)
            connection.execute(mine.values(token=None, leased_until=None))

    def _taken(self) -> bool:
        now, columns = datetime.now(UTC), annotation_servers.c
        free = or_(columns.token == self._token, columns.leased_until.is_(None), columns.leased_until < now)
        values = {"token": self._token, "leased_until": now + timedelta(seconds=self._seconds)}
        with writing(self._engine) as connection:
            claimed = update(annotation_servers).where(columns.server == self._server, free).values(values)
            return connection.execute(claimed).rowcount == 1


def save_samples(connection: Connection, title_ids: Collection[int], sampled: Sampled, now: datetime) -> None:
    """Remember how headlines were sampled; one that is drawn at random after all becomes a random one."""
    rows = [{"title_id": title_id, "sampled": sampled, "sampled_at": now} for title_id in sorted(title_ids)]
    statement = insert(connection, samples)
    if sampled == "random":
        statement = statement.on_conflict_do_update(index_elements=["title_id"], set_={"sampled": sampled})
    else:
        statement = statement.on_conflict_do_nothing()
    for chunk in chunks(rows):
        connection.execute(statement, list(chunk))


def read_samples(connection: Connection, title_ids: Collection[int]) -> dict[int, str]:
    """How each of these headlines was sampled; those that were not are missing."""
    found: dict[int, str] = {}
    for chunk in chunks(sorted(title_ids)):
        rows = select(samples.c.title_id, samples.c.sampled).where(samples.c.title_id.in_(chunk))
        found |= {row.title_id: row.sampled for row in connection.execute(rows)}
    return found


def count_open(connection: Connection) -> int:
    """How many sampled headlines await an answer: neither labelled, nor superseded, nor done with as a task."""
    labelled = exists().where(labeled_news_titles.c.title_id == samples.c.title_id)
    closed = exists().where(annotation_tasks.c.title_id == samples.c.title_id, annotation_tasks.c.state != "open")
    rows = select(func.count()).select_from(samples.join(news_titles)).where(~labelled, ~closed)
    return connection.execute(rows.where(news_titles.c.superseded_by.is_(None))).scalar_one()


def unsent_titles(connection: Connection, server: str, limit: int) -> list[int]:
    """Sampled headlines that are no task of a server, neither labelled nor superseded; the earliest sampled first."""
    labelled = exists().where(labeled_news_titles.c.title_id == samples.c.title_id)
    sent = exists().where(annotation_tasks.c.title_id == samples.c.title_id, annotation_tasks.c.server == server)
    rows = select(samples.c.title_id).select_from(samples.join(news_titles)).where(~labelled, ~sent)
    rows = rows.where(news_titles.c.superseded_by.is_(None)).order_by(samples.c.sampled_at, samples.c.title_id)
    return list(connection.execute(rows.limit(limit)).scalars())


def save_tasks(connection: Connection, server: str, tasks: Mapping[int, int], now: datetime) -> int:
    """Remember the task of each headline, by its id; return how many were not known.

    Headlines that are not stored are left out. A task that was deleted and is there again is open.
    """
    new = 0
    for chunk in chunks(sorted(tasks)):
        known = _known_tasks(connection, server, chunk)
        rows = [
            {"title_id": title_id, "server": server, "task_id": tasks[title_id], "pushed_at": now, "state": "open"}
            for title_id in _stored(connection, chunk)
            if known.get(title_id) != tasks[title_id]
        ]
        new += sum(row["title_id"] not in known for row in rows)
        statement = insert(connection, annotation_tasks)
        changed = {"task_id": statement.excluded.task_id, "state": statement.excluded.state}
        if rows:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["title_id", "server"], set_=changed), rows
            )
    return new


def _stored(connection: Connection, title_ids: Sequence[int]) -> list[int]:
    rows = select(news_titles.c.title_id).where(news_titles.c.title_id.in_(title_ids))
    return list(connection.execute(rows.order_by(news_titles.c.title_id)).scalars())


def _known_tasks(connection: Connection, server: str, title_ids: Sequence[int]) -> dict[int, int]:
    columns = annotation_tasks.c
    rows = select(columns.title_id, columns.task_id).where(columns.server == server, columns.title_id.in_(title_ids))
    return {row.title_id: row.task_id for row in connection.execute(rows)}


def read_tasks_of(connection: Connection, server: str) -> dict[int, tuple[int, str]]:
    """The headline and the state of each known task of a server, by its number."""
    columns = annotation_tasks.c
    rows = select(columns.task_id, columns.title_id, columns.state).where(columns.server == server)
    return {task_id: (title_id, state) for task_id, title_id, state in connection.execute(rows)}


def save_states(connection: Connection, server: str, states: Mapping[int, TaskState]) -> None:
    """Store the state of tasks, by their number."""
    by_state: dict[str, list[int]] = {}
    for task_id in sorted(states):
        by_state.setdefault(states[task_id], []).append(task_id)
    for state, tasks in by_state.items():
        for chunk in chunks(tasks):
            mine = (annotation_tasks.c.server == server) & annotation_tasks.c.task_id.in_(chunk)
            connection.execute(update(annotation_tasks).where(mine).values(state=state))


def count_tasks(connection: Connection) -> dict[str, int]:
    """How many tasks there are by state, of all servers."""
    state = annotation_tasks.c.state
    return {str(name): int(n) for name, n in connection.execute(select(state, func.count()).group_by(state))}


@dataclass(frozen=True, slots=True)
class BadAnnotation:
    """An annotation that cannot be used, and why; `task_id` is its task."""

    annotation_id: int
    task_id: int
    reason: str


def replace_bad(
    connection: Connection, server: str, tasks: Collection[int], bad: Iterable[BadAnnotation], now: datetime
) -> None:
    """Store what is bad now in these tasks, in place of what was bad in them before."""
    for chunk in chunks(sorted(tasks)):
        of_tasks = (bad_annotations.c.server == server) & bad_annotations.c.task_id.in_(chunk)
        connection.execute(delete(bad_annotations).where(of_tasks))
    rows = [asdict(each) | {"server": server, "seen_at": now} for each in bad]
    if rows:
        connection.execute(insert(connection, bad_annotations).on_conflict_do_nothing(), rows)


def read_bad(connection: Connection, server: str | None = None) -> Sequence[BadAnnotation]:
    """Bad annotations, of one server or of all, by number."""
    columns = bad_annotations.c
    rows = select(columns.annotation_id, columns.task_id, columns.reason).order_by(columns.annotation_id)
    if server is not None:
        rows = rows.where(columns.server == server)
    return [BadAnnotation(*row) for row in connection.execute(rows)]
