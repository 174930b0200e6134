"""A receiver of messages that fails, hangs and recovers as it is told, and settings of alerts that reach it."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import Engine

from barometer.live.alerts.settings import AlertsSettings
from barometer.live.records import AlertEvent
from barometer.live.store.engine import writing
from barometer.live.store.standing import activate_version, record_run

NOW = datetime(2026, 8, 17, 12, 0, tzinfo=UTC)
SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl"


@dataclass
class Message:
    """What was posted."""

    path: str
    headers: dict[str, str]
    body: bytes


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Do nothing: tests make clients hang up."""


class Receiver:
    """Answers POST with the next of `statuses`, else 204; a status of 0 hangs until `release`."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.statuses: deque[int] = deque()
        self.body = b"{}"
        self._released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.messages.append(Message(self.path, headers, body))
                status = outer.statuses.popleft() if outer.statuses else 204
                if not status:
                    outer._released.wait(60)
                    return
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", outer.url + "/elsewhere")
                if status == 200:
                    self.send_header("content-length", str(len(outer.body)))
                self.end_headers()
                if status == 200:
                    self.wfile.write(outer.body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def ids(self) -> list[str]:
        return [message.headers["webhook-id"] for message in self.messages]

    def release(self) -> None:
        self._released.set()

    def close(self) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def environment(receiver: Receiver) -> dict[str, str]:
    """The variables of the channels `ops` and `other`."""
    return {"OPS_URL": receiver.url + "/ops", "OTHER_URL": receiver.url + "/other", "SECRET": SECRET}


@pytest.fixture
def alerts_with() -> Callable[..., AlertsSettings]:
    """Settings with a rule `stale` and a webhook `ops`, unless other keys are given."""

    def make(**changes: Any) -> AlertsSettings:
        values = {
            "rules": [{"name": "stale", "kind": "stale", "hours": 12}],
            "channels": [{"name": "ops", "kind": "webhook", "url_from": "OPS_URL", "secret_from": "SECRET"}],
            "retry": {"timeout_seconds": 5, "budget_seconds": 10},
        }
        return AlertsSettings.model_validate(values | changes)

    return make


@pytest.fixture
def refreshed() -> Callable[..., None]:
    """Records a refresh and shows a version: `refreshed(engine, moment, version)`."""

    def record(engine: Engine, moment: datetime, version: str = "v") -> None:
        with writing(engine) as connection:
            activate_version(connection, version, moment)
            record_run(connection, "crawl", moment)
            record_run(connection, "score", moment)

    return record


@pytest.fixture
def event() -> AlertEvent:
    return AlertEvent("e1", "mood/higher", "mood", NOW, "Barometer: up", "It is 47.0 ± 4.", {"value": 0.47})
