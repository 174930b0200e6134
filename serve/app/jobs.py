"""How much one visitor may ask of the app at once: jobs in progress, answers waited for, and jobs a second."""

import math
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gradio.queueing import Queue

from serve.api.limits import TokenBuckets, client_key

_SESSIONS = 256  # answers that nobody fetched are kept for this many pages


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a job is not done: the status, a sentence for the page, and seconds after which to try again."""

    status: int
    reason: str
    seconds: int


class Jobs:
    """The jobs in progress: those asked for directly, and those in Gradio's queue, whoever waits for them."""

    def __init__(self, queue: Queue, buckets: TokenBuckets, per_client: int, total: int) -> None:
        """Count jobs, at most `per_client` and `total` in progress; `buckets` limits jobs a second."""
        self._queue, self._buckets = queue, buckets
        self._per_client, self._total = per_client, total
        self._direct: Counter[str] = Counter()
        self._sessions: OrderedDict[str, None] = OrderedDict()

    def refusal(self, client: str) -> Refusal | None:
        """Take a job of `client` into account, or say why it has to wait."""
        queued = Counter(client_key(event.request.scope) for event in self._queue.event_ids_to_events.values())
        if self._direct[client] + queued[client] >= self._per_client:
            reason = f"Your address has {self._per_client} requests in progress; try again when they are done."
            return Refusal(429, f"Too many requests. {reason}", 1)
        if self._direct.total() + queued.total() >= self._total:
            return Refusal(503, "The app is busy; try again in 5 s.", 5)
        wait = math.ceil(self._buckets.take(client))
        return Refusal(429, f"Too many requests from your address; try again in {wait} s.", wait) if wait else None

    @contextmanager
    def counted(self, client: str) -> Iterator[None]:
        """A job of `client` is in progress while the block lasts."""
        self._direct[client] += 1
        try:
            yield
        finally:
            self._direct[client] -= 1
            self._direct += Counter()  # without those who have none

    def waits(self, session: str) -> bool:
        """Whether answers for a page can be waited for."""
        return session in self._queue.pending_messages_per_session

    def remember(self, session: str) -> None:
        """A page queues a job; what Gradio keeps of pages that did so longest ago is forgotten."""
        self._sessions[session] = None
        self._sessions.move_to_end(session)
        while len(self._sessions) > _SESSIONS:
            forgotten, _ = self._sessions.popitem(last=False)
            kept: tuple[dict[str, Any], ...] = (
                self._queue.pending_messages_per_session,
                self._queue.pending_event_ids_session,
            )
            for by_session in kept:
                by_session.pop(forgotten, None)
