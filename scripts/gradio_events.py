"""The requests that a browser sends to the app on a click, without a browser."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx


@dataclass(frozen=True)
class Event:
    """One event of the page: its number, the initial values of its inputs, and whether it is queued."""

    number: int
    inputs: tuple[Any, ...]
    queued: bool


class EventError(RuntimeError):
    """The app answered an event with an error, or not at all."""


class Layout:
    """The layout that the app sends to browsers."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._prefix = config["api_prefix"]
        self._components = {component["id"]: component["props"] for component in config["components"]}
        self._texts = {component["id"] for component in config["components"] if component["type"] == "textbox"}
        self._events = config["dependencies"]

    @classmethod
    async def of(cls, client: httpx.AsyncClient) -> "Layout":
        """Read it from a running app."""
        return cls((await client.get("/config")).json())

    def filling(self, element: str) -> Event:
        """The first event that fills the component with this id.

        Raises:
            EventError: if there is none.
        """
        for event in self._events:
            if event["backend_fn"] and any(self._id(output) == element for output in event["outputs"]):
                return self._event(event)
        raise EventError(f"no event of the app fills {element!r}")

    def triggered(self, element: str, by: str) -> Event:
        """The event that `by` (such as `submit`) triggers on the component with this id.

        Raises:
            EventError: if there is none.
        """
        for event in self._events:
            if any((self._id(target), kind) == (element, by) for target, kind in event["targets"]):
                return self._event(event)
        raise EventError(f"no event of the app is triggered by {by!r} on {element!r}")

    async def fire(self, client: httpx.AsyncClient, event: Event, *inputs: object) -> list[Any]:
        """Fire an event, with `inputs` in place of its first ones, and return its outputs.

        Raises:
            EventError: if the app answers with an error.
        """
        data = [*inputs, *event.inputs[len(inputs) :]]
        body = {"fn_index": event.number, "data": data, "session_hash": uuid4().hex}
        if event.queued:
            return await self._wait(client, body)
        answer = await client.post(f"{self._prefix}/run/predict", json=body)
        if answer.status_code != 200:
            raise EventError(f"event {event.number}: {answer.status_code} {answer.text[:200]}")
        return list(answer.json()["data"])

    async def _wait(self, client: httpx.AsyncClient, body: dict[str, Any]) -> list[Any]:
        joined = await client.post(f"{self._prefix}/queue/join", json=body)
        if joined.status_code != 200:
            raise EventError(f"event {body['fn_index']}: {joined.status_code} {joined.text[:200]}")
        asked = {"session_hash": body["session_hash"]}
        async with client.stream("GET", f"{self._prefix}/queue/data", params=asked) as stream:
            async for line in stream.aiter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    if not message["success"]:
                        raise EventError(f"event {body['fn_index']}: {message['output']}")
                    return list(message["output"]["data"])
        raise EventError(f"event {body['fn_index']}: no answer")

    def _id(self, component: int | None) -> str | None:
        return self._components.get(component, {}).get("elem_id") if component is not None else None

    def _event(self, event: dict[str, Any]) -> Event:
        inputs = tuple(self._at_first(number) for number in event["inputs"])
        return Event(event["id"], inputs, event["queue"] is not False)

    def _at_first(self, component: int) -> object:
        value = self._components[component].get("value")
        # A browser sends an empty text for an empty text box.
        return "" if value is None and component in self._texts else value
