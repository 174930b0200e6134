"""A real Label Studio in an environment of its own, with people who answer through its API."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.label_studio import VARIABLE, alone, install
from scripts.label_studio_server import OWNER, running, signed_in


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
        return self._person(OWNER)

    def _person(self, email: str, invitation: str = "") -> "Person":
        self.opened.append(signed_in(self.url, email, invitation))
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
def label_studio_data(request: pytest.FixtureRequest, label_studio_program: Path) -> Path:
    """The data folder of a Label Studio that was started once: its migrations take most of a minute."""
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("label-studio-data")
    with alone(folder):
        if not (folder / "complete").exists():
            shutil.rmtree(folder)
            folder.mkdir()
            with running(label_studio_program, folder):
                pass
            (folder / "complete").touch()
    return folder


@pytest.fixture(scope="session")
def label_studio(
    label_studio_program: Path, label_studio_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A Label Studio on SQLite, with nothing in it but its owner."""
    folder = tmp_path_factory.mktemp("label-studio")
    shutil.copytree(label_studio_data, folder, dirs_exist_ok=True)
    with running(label_studio_program, folder) as url, closing(signed_in(url)) as http:
        token = http.post("/api/token/").json()["token"]
        invitation = http.get("/api/invite").json()["invite_url"]
        server = Server(url, token, "?" + invitation.partition("?")[2])
        yield server
        for client in server.opened:
            client.close()
