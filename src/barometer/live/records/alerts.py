"""Alerts: what is watched, what was seen, and who was told. All times are UTC, with zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class AlertState:
    """What debouncing remembers of an alert.

    Attributes:
        alert: name of the rule, with the side where it has two: `mood/higher`.
        raised: whether its condition held when it was last looked at, and an event says so.
        episode: how many events there were, so the number of the last one.
        ended_at: when the condition was first seen to have ended after the last event.
    """

    alert: str
    raised: bool = False
    episode: int = 0
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WatchedAlert:
    """An alert as it was last looked at.

    Attributes:
        alert, rule: its name, and that of its rule.
        words: when it is raised, as a sentence.
        raised: whether it is raised now.
        raised_at: when it last was; None if never.
        checked_at: when it was last looked at.
    """

    alert: str
    rule: str
    words: str
    raised: bool
    raised_at: datetime | None
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """An alert that was raised.

    Attributes:
        event_id: unique for ever; the same in every delivery of it.
        alert, rule: what was raised.
        raised_at: when it was seen.
        title, text: what people are told.
        facts: the same as plain data.
        ended_at: when its condition was seen to have ended; None before.
    """

    event_id: str
    alert: str
    rule: str
    raised_at: datetime
    title: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    ended_at: datetime | None = None


class DeliveryState(StrEnum):
    """How far a delivery is: waiting for its (next) try, held by quiet hours, or done in one of three ways."""

    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    DROPPED = "dropped"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery of an event to a channel.

    Attributes:
        event_id, channel: of what, and to whom, by name.
        state: how far it is.
        attempts: tries that failed.
        next_at: when it is tried again; None if it is not.
        last_error: why the last try failed; None if none did.
        done_at: when it was accepted, dropped or given up.
    """

    event_id: str
    channel: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    last_error: str | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process alone may try until its lease ends; `token` says whose lease it is."""

    event: AlertEvent
    channel: str
    attempts: int
    token: str


@dataclass(frozen=True, slots=True)
class AlertOverview:
    """The alerts that are watched, by name, and the newest events, newest first."""

    watched: Sequence[WatchedAlert]
    events: Sequence[AlertEvent]
