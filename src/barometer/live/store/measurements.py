"""What is measured of production again and again, each result with its time: drift, agreement, retrainings."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, select

from barometer.live.records import Measurement
from barometer.live.store.dialects import insert
from barometer.live.store.schema import measurements

Name: TypeAlias = Literal["drift", "agreement", "retrain"]


def save_measurement(connection: Connection, name: Name, measured_at: datetime, result: Mapping[str, Any]) -> None:
    """Store a result; another one of the same moment takes its place.

    Raises:
        sqlalchemy.exc.StatementError: if the time has no zone.
    """
    text = json.dumps(result, ensure_ascii=False)
    statement = insert(connection, measurements).values(name=name, measured_at=measured_at, result=text)
    replaced = statement.on_conflict_do_update(index_elements=["name", "measured_at"], set_={"result": text})
    connection.execute(replaced)


def read_measurements(connection: Connection, name: Name, limit: int) -> list[Measurement]:
    """The newest results, newest first."""
    columns = measurements.c
    rows = select(columns.measured_at, columns.result).where(columns.name == name)
    ordered = rows.order_by(columns.measured_at.desc()).limit(limit)
    return [Measurement(moment, json.loads(result)) for moment, result in connection.execute(ordered)]
