"""A process that is killed while it sees an event, or between acceptance and mark: nothing is lost or seen twice."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import barometer
from barometer.live.alerts.run import run_alerts
from barometer.live.store.alerts import read_events
from barometer.live.store.engine import open_engine, reading

pytestmark = pytest.mark.slow

# A round as a process, which says where it stands still.
ROUND = """
import json, os, sys, time
from datetime import datetime
from barometer.live.alerts import check, deliver, run
from barometer.live.alerts.settings import AlertsSettings
from barometer.live.store.engine import open_engine

url, halt, moment, settings = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3]), json.loads(sys.argv[4])

def standing_still(step):
    def stand_still(*arguments, **named):
        done = step(*arguments, **named)
        print("here", flush=True)
        time.sleep(600)
    return stand_still

if halt == "seen":  # the event is written and not committed
    check.add_event = standing_still(check.add_event)
else:  # the receiver has accepted it, and it is not marked
    deliver.error_of = standing_still(deliver.error_of)
run.run_alerts(open_engine(url), AlertsSettings.model_validate(settings), os.environ, lambda: moment)
"""


def kill_at(halt: str, url: str, now: datetime, settings: Any, environment: dict[str, str]) -> None:
    path = os.pathsep.join([str(Path(barometer.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    words = [url, halt, now.isoformat(), json.dumps(settings.model_dump(mode="json", by_alias=True))]
    process = subprocess.Popen(
        [sys.executable, "-c", ROUND, *words],
        env={**os.environ, **environment, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.kill()


def test_unmarked_delivery_is_repeated_with_its_id(
    store_url: str, database: Engine, receiver: Any, environment: dict[str, str], alerts_with: Any, now: datetime
) -> None:
    settings = alerts_with()
    kill_at("accepted", store_url, now, settings, environment)
    assert len(receiver.messages) == 1
    leased = run_alerts(database, settings, environment, lambda: now + timedelta(seconds=69))
    assert leased.lines() == [] and len(receiver.messages) == 1  # another process may still be at it
    free = run_alerts(database, settings, environment, lambda: now + timedelta(seconds=70))
    assert free.delivered.accepted == 1
    assert run_alerts(database, settings, environment, lambda: now + timedelta(days=1)).lines() == []
    first, second = receiver.ids()
    assert first == second  # by which a receiver drops the second


def test_unfinished_look_leaves_nothing(
    postgresql_url: str, receiver: Any, environment: dict[str, str], alerts_with: Any, now: datetime
) -> None:
    """On the database whose locks outlive a client, if anything does."""
    settings, engine = alerts_with(), open_engine(postgresql_url)
    kill_at("seen", postgresql_url, now, settings, environment)
    with reading(engine) as connection:
        assert read_events(connection, 9) == []
    assert run_alerts(engine, settings, environment, lambda: now).delivered.accepted == 1
    assert len(receiver.messages) == 1
    engine.dispose()
