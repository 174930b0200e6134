"""Politeness to hosts: robots.txt by RFC 9309, and a limit on concurrent requests to one host."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

MAX_BYTES = 500 * 1024  # RFC 9309 asks for at least 500 KiB; the rest of a longer file is ignored
_MAX_RULES = 5000
_PRODUCT = re.compile(r"[a-z_-]+")


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of one group: whether paths that match a pattern are allowed. The longest match wins."""

    rules: tuple[tuple[bool, str], ...] = ()

    def allow(self, url: str) -> bool:
        """Whether the address may be fetched; of two equally long matches the one that allows wins."""
        parts = urlsplit(url)
        path = _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        found = [(len(pattern), allowed) for allowed, pattern in self.rules if _matches(pattern, path)]
        return max(found)[1] if found else True


ALLOW_ALL = Rules()
DISALLOW_ALL = Rules(((False, "/"),))


def parse_robots(text: str, product: str) -> Rules:
    """Return the rules for the robot called `product`: those of the groups that name it, else those of `*`."""
    named: list[tuple[bool, str]] = []
    general: list[tuple[bool, str]] = []
    agents: set[str] = set()
    found_name = in_rules = False
    for key, value in _lines(text):
        if key == "user-agent":
            agents = {_product(value)} if in_rules else agents | {_product(value)}
            in_rules = False
            found_name |= product.lower() in agents
        elif key in {"allow", "disallow"}:
            in_rules = True
            if not value:
                continue  # an empty rule matches nothing
            rule = (key == "allow", _normal(value))
            if product.lower() in agents:
                named.append(rule)
            if "*" in agents:
                general.append(rule)
    return Rules(tuple((named if found_name else general)[:_MAX_RULES]))


def _lines(text: str) -> list[tuple[str, str]]:
    pairs = (line.partition("#")[0].partition(":") for line in text.removeprefix("\ufeff").splitlines())
    return [(key.strip().lower(), value.strip()) for key, colon, value in pairs if colon]


def _product(value: str) -> str:
    """Return the product token of a user-agent line: `Name/1.0` names the robot `name`."""
    if value.startswith("*"):
        return "*"
    token = _PRODUCT.match(value.lower())
    return token.group() if token else ""


def _normal(path: str) -> str:
    """Return a path in canonical escaping, so that `/%7Ea` is `/~a`; `%2F` stays escaped."""
    kept = path.replace("%2F", "%252F").replace("%2f", "%252F")
    return quote(unquote(kept), safe="/?&=*$:;,@!+()'~%")


def _matches(pattern: str, path: str) -> bool:
    """Match the start of `path` in linear time: the pieces between stars, one after the other."""
    anchored = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    last = pieces.pop() if anchored and pieces else None
    for piece in pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not anchored:
        return True
    return at == len(path) if last is None else path.endswith(last) and len(path) - len(last) >= at


# Returns status and text of a robots.txt; raises if there is no answer.
GetText = Callable[[str], Awaitable[tuple[int, str]]]


class HostSlots:
    """Allows at most `per_host` concurrent requests to one host; its ports and schemes share the slots."""

    def __init__(self, per_host: int) -> None:
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_host))

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Wait for a slot of `host` and hold it."""
        async with self._slots[host.lower()]:
            yield


class RobotsFiles:
    """The rules of every origin, each robots.txt fetched once."""

    def __init__(self, get: GetText, product: str) -> None:
        self._get = get
        self._product = product
        self._rules: dict[str, asyncio.Task[Rules]] = {}

    async def allow(self, url: str) -> bool:
        """Whether robots.txt allows the address; raises what `get` raises.

        By RFC 9309 a missing robots.txt (4xx) allows everything, and a server error (5xx) nothing.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.create_task(self._read(origin))
        # Shielded: all feeds of the origin share the task, so that one that is cancelled must not cancel it.
        rules = await asyncio.shield(self._rules[origin])
        return rules.allow(url)

    async def _read(self, origin: str) -> Rules:
        status, text = await self._get(f"{origin}/robots.txt")
        if status == 200:
            return parse_robots(text, self._product)
        return ALLOW_ALL if 400 <= status < 500 else DISALLOW_ALL
