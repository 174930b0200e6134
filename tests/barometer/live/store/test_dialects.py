"""A PostgreSQL that is locked, silent or missing delays a caller by seconds only."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from barometer.live.store import dialects
from barometer.live.store.claims import enqueue_unscored
from barometer.live.store.dialects import lift_time_limit
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.predictions import forget_version
from barometer.live.store.rollups import rebuild_rollups


def shown(engine: Engine, setting: str) -> str:
    with reading(engine) as connection:
        return str(connection.execute(text(f"SHOW {setting}")).scalar_one())


@pytest.fixture
def hasty(postgresql_url: str) -> Iterator[Engine]:
    """An engine whose statements may take 0.2 s."""
    engine = open_engine(f"{postgresql_url}&options={quote('-c statement_timeout=200')}")
    yield engine
    engine.dispose()


def test_limits_hold_unless_the_url_overrides(postgresql_url: str, hasty: Engine) -> None:
    engine = open_engine(postgresql_url)
    assert shown(engine, "statement_timeout") == "30s"
    assert shown(engine, "idle_in_transaction_session_timeout") == "10min"
    assert shown(hasty, "statement_timeout") == "200ms"
    engine.dispose()


@pytest.mark.slow
def test_silent_server_times_out_on_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = open_engine(f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/news?connect_timeout=2")
        start = time.monotonic()
        with pytest.raises(OperationalError, match="timeout"), reading(engine):
            pass
        assert time.monotonic() - start < 10
        engine.dispose()


def test_waiting_for_a_lock_times_out(hasty: Engine) -> None:
    with writing(hasty) as holder:
        holder.execute(text("LOCK TABLE rollups"))
        with pytest.raises(OperationalError, match="statement timeout"), reading(hasty) as connection:
            connection.execute(text("SELECT * FROM rollups"))
    with reading(hasty) as connection:  # afterwards all is well
        assert connection.execute(text("SELECT count(*) FROM rollups")).scalar_one() == 0


@pytest.mark.parametrize(
    "work",
    [rebuild_rollups, forget_version, enqueue_unscored, lambda connection, _: lift_time_limit(connection)],
    ids=["rebuild", "forget", "enqueue", "lift"],
)
def test_lifted_limit_lasts_for_one_transaction(
    hasty: Engine, monkeypatch: pytest.MonkeyPatch, work: Callable[..., object]
) -> None:
    monkeypatch.setattr(dialects, "ANSWER_TIMEOUT_S", 0.3)
    with writing(hasty) as connection:
        work(connection, "v")
        connection.execute(text("SELECT pg_sleep(0.4)"))
    with pytest.raises(OperationalError, match="statement timeout"), writing(hasty) as connection:
        connection.execute(text("SELECT pg_sleep(0.4)"))


def test_stopped_server_times_out_then_reconnects(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "ANSWER_TIMEOUT_S", 0.3)
    engine = open_engine(postgresql_url)
    with reading(engine) as connection:
        process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    os.kill(process, signal.SIGSTOP)
    try:
        with reading(engine) as connection:  # asked before it is lent, and replaced
            assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != process
            another = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            os.kill(another, signal.SIGSTOP)
            with pytest.raises(OperationalError, match=r"did not answer within 0\.3 s"):
                connection.execute(text("SELECT 1"))
    finally:
        for stopped in (process, another):
            os.kill(stopped, signal.SIGCONT)
    assert shown(engine, "application_name") == "barometer"
    engine.dispose()
