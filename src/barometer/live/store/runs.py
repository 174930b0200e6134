"""When the steps of production last finished: how fresh is what the barometer shows."""

from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import Connection, select

from barometer.live.store.schema import runs
from barometer.live.store.statements import insert

Step: TypeAlias = Literal["crawl", "score", "sample", "clean_up"]
_SHOWN: tuple[Step, ...] = ("crawl", "score")  # without either, no new headline is counted


def record_run(connection: Connection, step: Step, finished_at: datetime) -> None:
    """Remember that a step finished; a moment before the one that is known changes nothing.

    Raises:
        sqlalchemy.exc.StatementError: if the moment has no zone.
    """
    statement = insert(connection, runs).values(step=step, finished_at=finished_at)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["step"],
            set_={"finished_at": statement.excluded.finished_at},
            where=statement.excluded.finished_at > runs.c.finished_at,
        )
    )


def last_refresh(connection: Connection) -> datetime | None:
    """When the older of the last crawl and the last score finished, in UTC; None where one of them never did."""
    finished = connection.execute(select(runs.c.finished_at).where(runs.c.step.in_(_SHOWN))).scalars().all()
    return min(finished) if len(finished) == len(_SHOWN) else None
