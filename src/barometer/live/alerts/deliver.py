"""Empties the outbox: at least once to every channel, within a time that no channel can stretch.

A delivery is marked after it was accepted. A process that is killed between the two leaves a lease that ends, and the
delivery is tried again with the same event id.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue

from sqlalchemy import Engine

from barometer.live.alerts.channels import Send, error_of
from barometer.live.alerts.settings import AlertsSettings, RetrySettings
from barometer.live.records import ClaimedDelivery
from barometer.live.store.deliveries import claim_deliveries, mark_delivered, mark_failed, release_delivery
from barometer.live.store.engine import writing

_SLACK = timedelta(seconds=60)  # a lease outlives the budget by as much, so that marks are in time


@dataclass(frozen=True, slots=True)
class Tried:
    """A try that came to its end: of what, and why it failed; None if it was accepted."""

    claim: ClaimedDelivery
    error: str | None


@dataclass(slots=True)
class Delivered:
    """How many deliveries were accepted, and what failed: to be tried again, or given up."""

    accepted: int = 0
    waiting: list[Tried] = field(default_factory=list)
    given_up: list[Tried] = field(default_factory=list)


def deliver(
    engine: Engine, settings: AlertsSettings, send: Mapping[str, Send], clock: Callable[[], datetime]
) -> Delivered:
    """Try every delivery that is due; in quiet hours none.

    Channels are served at the same time, each in a thread of its own, which is left behind when the budget is spent: so
    a channel that hangs costs the others nothing, and everybody `budget_seconds` at most.

    Args:
        engine: of the store.
        settings: quiet hours, and how deliveries are tried.
        send: what sends an event to a channel, by the channel's name.
        clock: the current time, with a zone.
    """
    now, done = clock(), Delivered()
    if not send or (settings.quiet_hours is not None and settings.quiet_hours.cover(now)):
        return done
    until = now + timedelta(seconds=settings.retry.budget_seconds) + _SLACK
    with writing(engine) as connection:
        claims = claim_deliveries(connection, send.keys(), now, until)
    open_claims = {(claim.channel, claim.event.event_id): claim for claim in claims}
    for tried in _tried(claims, send, settings.retry.budget_seconds):
        del open_claims[tried.claim.channel, tried.claim.event.event_id]
        _mark(engine, settings.retry, tried, clock(), done)
    with writing(engine) as connection:
        for claim in open_claims.values():
            release_delivery(connection, claim)
    return done


def _tried(claims: Sequence[ClaimedDelivery], send: Mapping[str, Send], budget: float) -> Iterator[Tried]:
    """The tries as they end; what a channel was at when the budget was spent has failed."""
    by_channel: dict[str, deque[ClaimedDelivery]] = defaultdict(deque)
    for claim in claims:
        by_channel[claim.channel].append(claim)
    results: SimpleQueue[Tried] = SimpleQueue()
    turns = {channel: threading.Semaphore(1) for channel in by_channel}
    for channel, theirs in by_channel.items():
        work = (tuple(theirs), send[channel], results, partial(turns[channel].acquire, timeout=budget))
        # A daemon: a try that never ends must not keep the process from ending.
        threading.Thread(target=_serve, args=work, daemon=True).start()
    deadline = time.monotonic() + budget
    while by_channel and (tried := _next(results, deadline)) is not None:
        channel = tried.claim.channel
        by_channel[channel].popleft()
        if tried.error is not None or not by_channel[channel]:
            del by_channel[channel]
        yield tried
        turns[channel].release()
    for left in by_channel.values():
        yield Tried(left[0], f"no answer within {budget:g} s")


def _next(results: "SimpleQueue[Tried]", deadline: float) -> Tried | None:
    try:
        return results.get(timeout=max(deadline - time.monotonic(), 0))
    except Empty:
        return None


def _serve(
    claims: Sequence[ClaimedDelivery], send: Send, results: "SimpleQueue[Tried]", turn: Callable[[], bool]
) -> None:
    """Try the deliveries to a channel in turn, until one fails: the next would, too.

    `turn` waits until the try before is marked: so a kill makes one delivery at most be sent again.
    """
    for claim in claims:
        if not turn():
            return
        error = error_of(send, claim.event)
        results.put(Tried(claim, error))
        if error is not None:
            return


def _mark(engine: Engine, retry: RetrySettings, tried: Tried, now: datetime, done: Delivered) -> None:
    """Mark a try in a transaction of its own, at once: what is accepted and not yet marked would be sent again."""
    attempts = tried.claim.attempts + 1
    with writing(engine) as connection:
        if tried.error is None:
            mark_delivered(connection, tried.claim, now)
            done.accepted += 1
        elif attempts < retry.tries:
            mark_failed(connection, tried.claim, tried.error, now + wait(retry, attempts), now)
            done.waiting.append(tried)
        else:
            mark_failed(connection, tried.claim, tried.error, None, now)
            done.given_up.append(tried)


def wait(retry: RetrySettings, attempts: int) -> timedelta:
    """How long after this many failed tries the next one comes: doubled each time, up to `max_hours`."""
    # The exponent is bounded as settings allow a hundred tries, and no time is as long as 2^99 minutes.
    minutes = retry.minutes * 2.0 ** min(attempts - 1, 20)
    return min(timedelta(minutes=minutes), timedelta(hours=retry.max_hours))
