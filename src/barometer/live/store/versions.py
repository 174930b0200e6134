"""Which model version the barometer shows.

Score the window shown with a new version before it is activated: then nobody sees an empty barometer.
"""

from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection, select

from barometer.live.store.schema import model_versions
from barometer.live.store.statements import insert


def activate_version(connection: Connection, model_version: str, now: datetime) -> None:
    """Show a model version from now on; an earlier one may be activated again."""
    statement = insert(connection, model_versions).values(model_version=model_version, activated_at=now)
    connection.execute(statement.on_conflict_do_update(index_elements=["model_version"], set_={"activated_at": now}))


def active_version(connection: Connection) -> str | None:
    """The model version activated last, or None before any was."""
    newest = select(model_versions.c.model_version).order_by(
        model_versions.c.activated_at.desc(), model_versions.c.model_version
    )
    return connection.execute(newest.limit(1)).scalar_one_or_none()


def versions_shown_before(connection: Connection, moment: datetime) -> list[str]:
    """The model versions that gave way to another one before a moment, the longest gone first."""
    rows = select(model_versions.c.model_version, model_versions.c.activated_at).order_by(
        model_versions.c.activated_at, model_versions.c.model_version.desc()
    )
    activated = connection.execute(rows).all()
    return [version.model_version for version, following in pairwise(activated) if following.activated_at < moment]
