"""Reads a compose file as `docker compose` does: variables put in, defaults of images added, an order to start in."""

import re
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^{}]*))?\}")


@dataclass(frozen=True)
class Service:
    """A service: its image and build stage, what is run in it and how its health is asked for."""

    name: str
    image: str
    stage: str | None
    command: tuple[str, ...]
    environment: dict[str, str]
    volumes: dict[str, tuple[str, bool]]
    health: tuple[str, ...] | None
    after: dict[str, str]
    profiles: tuple[str, ...]
    read_only: bool
    raw: dict[str, Any] = field(repr=False, default_factory=dict)

    @property
    def runs_once(self) -> bool:
        return self.raw.get("restart") == "on-failure"


def variables(path: Path) -> dict[str, str]:
    """The variables of a file such as .env."""
    return dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE))


def read_compose(path: Path, known: dict[str, str]) -> dict[str, Service]:
    """The services of a file by name, each after those that it waits for."""
    found = _substituted(yaml.safe_load(path.read_text()), known)["services"]
    services = {name: _service(name, raw) for name, raw in found.items()}
    order = TopologicalSorter({name: service.after for name, service in services.items()})
    return {name: services[name] for name in order.static_order()}


def _substituted(node: Any, known: dict[str, str]) -> Any:
    """Variables are put into values, not into keys."""
    if isinstance(node, dict):
        return {key: _substituted(value, known) for key, value in node.items()}
    if isinstance(node, list):
        return [_substituted(value, known) for value in node]
    return _VARIABLE.sub(lambda found: _value(found, known), node) if isinstance(node, str) else node


def _value(found: re.Match[str], known: dict[str, str]) -> str:
    name, mark, other = found.groups()
    given = known.get(name, "")
    if not given and mark == "?":
        raise ValueError(f"{name}: {other}")
    return given or other or ""


def _service(name: str, raw: dict[str, Any]) -> Service:
    mounted = [volume.split(":") for volume in raw.get("volumes", [])]
    check = raw.get("healthcheck", {})
    return Service(
        name,
        raw["image"],
        raw.get("build", {}).get("target"),
        tuple(raw.get("entrypoint", ())) + tuple(raw.get("command", ())),
        {key: str(value) for key, value in raw.get("environment", {}).items()},
        {target: (source, "ro" in flags) for source, target, *flags in mounted},
        tuple(check["test"][1:]) if "test" in check else () if check.get("disable") else None,
        {other: how["condition"] for other, how in raw.get("depends_on", {}).items()},
        tuple(raw.get("profiles", ())),
        raw.get("read_only", False),
        raw,
    )
