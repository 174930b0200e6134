import threading
from pathlib import Path

import pytest

from barometer.ship.tracking import taking_turns


def test_experiments_take_turns_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    done, order = threading.Event(), []

    def other() -> None:
        with taking_turns():
            order.append("other")
        done.set()

    thread = threading.Thread(target=other)
    with taking_turns():
        thread.start()
        assert not done.wait(0.3)
        order.append("first")
    thread.join(30)
    assert order == ["first", "other"]


def test_servers_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    with taking_turns(), taking_turns():
        pass
