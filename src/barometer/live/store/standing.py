"""The state of production: which model version is shown, how far it may err, and when each step last finished."""

from datetime import datetime
from itertools import pairwise
from typing import Literal, TypeAlias

from sqlalchemy import Connection, select

from barometer.live.store.dialects import insert
from barometer.live.store.schema import model_versions, runs
from barometer.prevalence import Spread


def activate_version(connection: Connection, model_version: str, now: datetime, spread: Spread | None = None) -> None:
    """Show a model version from now on; an earlier one may be activated again. `spread` replaces the stored one."""
    values = {
        "activated_at": now,
        "variance": spread and spread.variance,
        "bias_variance": spread and spread.bias_variance,
    }
    statement = insert(connection, model_versions).values(model_version=model_version, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["model_version"], set_=values))


def active_version(connection: Connection) -> str | None:
    """The model version activated last, or None before the first."""
    newest = select(model_versions.c.model_version).order_by(
        model_versions.c.activated_at.desc(), model_versions.c.model_version
    )
    return connection.execute(newest.limit(1)).scalar_one_or_none()


def read_spread(connection: Connection, model_version: str) -> Spread | None:
    """How far the barometer of a version may err; None if unknown, for example because it was never shown."""
    columns = model_versions.c
    rows = select(columns.variance, columns.bias_variance).where(columns.model_version == model_version)
    found = connection.execute(rows).one_or_none()
    return None if found is None or found.variance is None else Spread(found.variance, found.bias_variance or 0.0)


def versions_shown_before(connection: Connection, moment: datetime) -> list[str]:
    """The model versions that another one replaced before `moment`, the earliest first."""
    rows = select(model_versions.c.model_version, model_versions.c.activated_at).order_by(
        model_versions.c.activated_at, model_versions.c.model_version.desc()
    )
    activated = connection.execute(rows).all()
    return [version.model_version for version, following in pairwise(activated) if following.activated_at < moment]


Step: TypeAlias = Literal["crawl", "score", "sample", "clean_up"]
_SHOWN: tuple[Step, ...] = ("crawl", "score")  # without either, no new headline is counted


def record_run(connection: Connection, step: Step, finished_at: datetime) -> None:
    """Record that a step finished; a time before the recorded one changes nothing.

    Raises:
        sqlalchemy.exc.StatementError: if the time has no zone.
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
    """When the older of the last crawl and the last scoring finished, in UTC; None if one never did."""
    finished = connection.execute(select(runs.c.finished_at).where(runs.c.step.in_(_SHOWN))).scalars().all()
    return min(finished) if len(finished) == len(_SHOWN) else None
