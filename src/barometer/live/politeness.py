"""Manners towards hosts: only so many requests to one at a time, and what its robots.txt asks."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from barometer.live.robots import ALLOW_ALL, DISALLOW_ALL, Rules, parse_robots

# Status and text of a robots.txt; raises where there is no answer.
GetText = Callable[[str], Awaitable[tuple[int, str]]]


class HostSlots:
    """Lets at most `per_host` requests to one host be under way; ports and schemes of a host share its slots."""

    def __init__(self, per_host: int) -> None:
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_host))

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Wait for a slot of `host` and hold it."""
        async with self._slots[host.lower()]:
            yield


class RobotsFiles:
    """The rules of every origin that was asked, each robots.txt read once."""

    def __init__(self, get: GetText, product: str) -> None:
        self._get = get
        self._product = product
        self._rules: dict[str, asyncio.Task[Rules]] = {}

    async def allow(self, url: str) -> bool:
        """Whether robots.txt lets the crawler fetch the address; raises what `get` raises where it cannot be had.

        By RFC 9309 a robots.txt that is not there (4xx) allows everything, and one that its server fails to
        give (5xx) nothing.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.create_task(self._read(origin))
        # Shielded, because the task belongs to all feeds of the origin and one that gives up must not end it.
        rules = await asyncio.shield(self._rules[origin])
        return rules.allow(url)

    async def _read(self, origin: str) -> Rules:
        status, text = await self._get(f"{origin}/robots.txt")
        if status == 200:
            return parse_robots(text, self._product)
        return ALLOW_ALL if 400 <= status < 500 else DISALLOW_ALL
