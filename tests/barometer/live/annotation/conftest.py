"""A real Label Studio in an environment of its own, with people who answer through its API."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.label_studio import install

VARIABLE = "BAROMETER_LABEL_STUDIO"  # an executable label-studio that is installed already
_ADMIN, _PASSWORD = "admin@example.org", "a password of tests"


@dataclass(frozen=True)
class Server:
    """A running Label Studio: its address and the token of its owner."""

    url: str
    token: str
    invitation: str
    opened: list[httpx.Client] = field(default_factory=list)

    def person(self, name: str) -> "Person":
        """A new annotator, signed up through an invitation."""
        return self._person(f"{name}-{secrets.token_hex(4)}@example.org", self.invitation)

    def owner(self) -> "Person":
        return self._person(_ADMIN)

    def _person(self, email: str, invitation: str = "") -> "Person":
        self.opened.append(_signed_in(self.url, email, invitation))
        return Person(self.opened[-1])


class Person:
    """Somebody in Label Studio."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.number = int(self.ask("GET", "/api/current-user/whoami")["id"])

    def ask(self, method: str, path: str, **request: Any) -> Any:
        answer = self.http.request(method, path, **request)
        assert answer.is_success, (method, path, answer.status_code, answer.text[:500])
        return answer.json() if answer.content else None

    def answer(self, task: int, *choices: str, flags: tuple[str, ...] = (), skip: bool = False) -> int:
        made = self.ask("POST", f"/api/tasks/{task}/annotations/", json=_answer(choices, flags, skip))
        return int(made["id"])

    def edit(self, annotation: int, *choices: str, skip: bool = False) -> None:
        self.ask("PATCH", f"/api/annotations/{annotation}/", json=_answer(choices, (), skip))


def _answer(choices: tuple[str, ...], flags: tuple[str, ...], skip: bool) -> dict[str, Any]:
    given = [("sentiment", list(choices)), ("flags", list(flags))]
    result = [
        {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": chosen}}
        for name, chosen in given
        if chosen
    ]
    return {"result": result, "was_cancelled": skip}


def _signed_in(url: str, email: str, invitation: str = "") -> httpx.Client:
    http = httpx.Client(
        base_url=url, follow_redirects=True, timeout=60, limits=httpx.Limits(max_keepalive_connections=0)
    )
    path = f"/user/signup/{invitation}" if invitation else "/user/login/"
    http.get(path)
    form = {"csrfmiddlewaretoken": http.cookies["csrftoken"], "email": email, "password": _PASSWORD}
    http.post(path, data=form, headers={"Referer": url})
    http.headers.update({"X-CSRFToken": http.cookies["csrftoken"], "Referer": url})
    return http


@pytest.fixture(scope="session")
def label_studio_program(request: pytest.FixtureRequest) -> Path:
    """The executable, installed once below pytest's cache."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    assert request.config.cache is not None
    try:
        return install(request.config.cache.mkdir("label-studio"))
    except RuntimeError as error:
        pytest.skip(f"Label Studio cannot be installed: {error}")


@pytest.fixture(scope="session")
def label_studio(label_studio_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Label Studio on SQLite."""
    folder = tmp_path_factory.mktemp("label-studio")
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    variables = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder), "DJANGO_DB": "sqlite", "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "PATH": os.environ["PATH"], "HOME": str(folder),
    }  # fmt: skip
    command = [
        str(label_studio_program), "start", "--no-browser", "--port", str(port), "--internal-host", "127.0.0.1",
        "--username", _ADMIN, "--password", _PASSWORD,
    ]  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(command, env=variables, stdout=log, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, process, folder / "log")
            http = _signed_in(url, _ADMIN)
            token = http.post("/api/token/").json()["token"]
            invitation = http.get("/api/invite").json()["invite_url"]
            http.close()
            server = Server(url, token, "?" + invitation.partition("?")[2])
            yield server
            for client in server.opened:
                client.close()
        finally:
            process.terminate()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    pytest.fail(f"Label Studio did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture
def stored(sqlite_url: str, save_scored: Any) -> Callable[[int], list[int]]:
    """Stores so many headlines and samples them; returns their ids."""
    from datetime import UTC, datetime

    from barometer.live.annotation.sampling import mark_annotating
    from barometer.live.store.engine import open_engine, writing

    def store(number: int) -> list[int]:
        engine = open_engine(sqlite_url)
        ids = save_scored(engine, "v", [(datetime(2024, 5, 17, 8, 30, tzinfo=UTC), 0.5, ())] * number)
        with writing(engine) as connection:
            mark_annotating(connection, "v", ids)
        engine.dispose()
        return list(ids)

    return store
