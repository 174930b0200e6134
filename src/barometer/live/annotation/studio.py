"""A client of Label Studio's API with a personal access token: projects, tasks by page, imports.

What may be repeated is repeated after a failure of the network or of the server; an import never is, since one whose
answer was lost may have been taken.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

_REFRESH = "/api/token/refresh/"
_TOKEN_SECONDS = 200.0  # an access token lives for 300
_WAITS = (0.5, 1.0, 2.0, 4.0)  # before each new try, in seconds
_PAGE = 1000
_UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 401, 429, 500
TIMEOUT = 30.0  # seconds, of a request


class StudioError(RuntimeError):
    """Label Studio cannot be used; the message names the server, the request and what is wrong."""


class Studio:
    """One Label Studio; not for several threads. Close it, or use `opened_studio`."""

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT, waits: Sequence[float] = _WAITS) -> None:
        self.server = server_name(url)
        self._token, self._waits = token, waits
        self._access, self._until = "", 0.0
        self._http = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def projects(self, title: str) -> list[dict[str, Any]]:
        """The projects of exactly this title, the oldest first."""
        found = self.ask("GET", "/api/projects/", params={"title": title, "page_size": _PAGE})["results"]
        return sorted((project for project in found if project["title"] == title), key=lambda project: project["id"])

    def tasks(self, project: int, *fields: str, since: datetime | None = None) -> Iterator[dict[str, Any]]:
        """The tasks of a project by id, with some of their fields; `since` leaves out what did not change after it.

        Paged by id, so that tasks which are deleted meanwhile move no other over the edge of a page.
        """
        last = 0
        while True:
            rules = [{"filter": "filter:tasks:id", "operator": "greater", "value": last, "type": "Number"}]
            if since is not None:
                moment = since.isoformat().replace("+00:00", "Z")
                rules.append(
                    {"filter": "filter:tasks:updated_at", "operator": "greater", "value": moment, "type": "Datetime"}
                )
            query = {"filters": {"conjunction": "and", "items": rules}, "ordering": ["tasks:id"]}
            asked = {"project": project, "page_size": _PAGE, "include": ",".join(("id", *fields)), "fields": "all"}
            page = self.ask("GET", "/api/tasks/", params=asked | {"query": json.dumps(query)})["tasks"]
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1]["id"]

    def add_tasks(self, project: int, tasks: Sequence[dict[str, Any]]) -> list[int]:
        """Import tasks, in one request that is sent once; returns their numbers, in order.

        Raises:
            StudioError: if there is no answer; then the tasks may be there, or not.
        """
        path = f"/api/projects/{project}/import"
        answer = self.ask("POST", path, repeat=False, params={"return_task_ids": "true"}, json=list(tasks))
        return [int(number) for number in answer["task_ids"]]

    def ask(self, method: str, path: str, *, repeat: bool = True, **request: Any) -> Any:  # noqa: ANN401 - JSON
        """The JSON that a request gets; `repeat` whether it may be sent again after a failure.

        Raises:
            StudioError: if the server cannot be reached, refuses, or answers something else than JSON.
        """
        answer = self._answer(method, path, repeat, request)
        if answer.status_code == _UNAUTHORIZED:  # the access token was revoked or has expired early
            self._until = 0.0
            answer = self._answer(method, path, repeat, request)
        return self._content(answer, method, path)

    def _answer(self, method: str, path: str, repeat: bool, request: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._access_token()}"}
        return self._sent(method, path, repeat, headers=headers, **request)

    def _access_token(self) -> str:
        if time.monotonic() >= self._until:
            answer = self._sent("POST", _REFRESH, True, json={"refresh": self._token})
            if answer.status_code == _UNAUTHORIZED:
                raise StudioError(
                    f"{self.server} refuses LABEL_STUDIO_TOKEN ({_detail(answer)}); expected a personal access token "
                    "(Account & Settings), not a legacy token"
                )
            self._access = str(self._content(answer, "POST", _REFRESH)["access"])
            self._until = time.monotonic() + _TOKEN_SECONDS
        return self._access

    def _sent(self, method: str, path: str, repeat: bool, **request: Any) -> httpx.Response:  # noqa: ANN401 - of httpx
        waits = list(self._waits) if repeat else []
        while True:
            try:
                answer = self._http.request(method, self.server + path, **request)
                if not waits or (answer.status_code < _SERVER_ERROR and answer.status_code != _TOO_MANY):
                    return answer
            except httpx.HTTPError as error:
                if not waits:
                    raise StudioError(f"{method} {self.server}{path}: {_reason(error)}") from None
            time.sleep(waits.pop(0))

    def _content(self, answer: httpx.Response, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
        where = f"{method} {self.server}{path}"
        if not answer.is_success:
            raise StudioError(f"{where}: status {answer.status_code}, {_detail(answer)}")
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise StudioError(f"{where}: expected JSON, got {answer.text[:80]!r}; is that a Label Studio?") from None


def _reason(error: httpx.HTTPError) -> str:
    return f"no answer in time ({type(error).__name__})" if isinstance(error, httpx.TimeoutException) else str(error)


def _detail(answer: httpx.Response) -> str:
    """What the body of an error says, on one line."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    known = said if isinstance(said, dict) else {}
    text = known.get("validation_errors") or known.get("detail") or answer.text or answer.reason_phrase
    return " ".join(str(text).split())[:300]


def server_name(url: str) -> str:
    """The address of a server as annotators and tasks are keyed by it: in small letters, without a slash at the end.

    Raises:
        StudioError: if it is not an http or https address.
    """
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or parts.username:
        raise StudioError(f"LABEL_STUDIO_URL = {url!r}: expected an address such as https://labels.example.org")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


@contextmanager
def opened_studio(url: str, token: str, *, timeout: float = TIMEOUT) -> Iterator[Studio]:
    """A client, closed at the end."""
    studio = Studio(url, token, timeout=timeout)
    try:
        yield studio
    finally:
        studio.close()
