"""Alerts: what is watched, the events that were seen, and the outbox from which channels are told of them."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from barometer.live.store.schema.base import ForeignText, metadata
from barometer.live.store.times import UtcTime

# What debouncing remembers of each alert, and what is shown of it. `active` says whether a rule still has it.
alert_states = Table(
    "alert_states",
    metadata,
    Column("alert", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("raised", Boolean, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("raised_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("checked_at", UtcTime, nullable=False),
)

# One row for each time that an alert was raised: alert and episode are the key by which nothing is seen twice, the id
# is what receivers are told. `facts` is a JSON object.
alert_events = Table(
    "alert_events",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("alert", Text, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("raised_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("facts", Text, nullable=False),
    UniqueConstraint("alert", "episode", name="uq_alert_events_alert"),
    Index("ix_alert_events_raised_at", "raised_at"),
)

# `token` and `leased_until` say who is trying a delivery, and until when nobody else does.
alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("event_id", Text, ForeignKey("alert_events.event_id", ondelete="CASCADE"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcTime),
    Column("token", Text),
    Column("leased_until", UtcTime),
    Column("last_error", ForeignText),
    Column("done_at", UtcTime),
    CheckConstraint("state IN ('waiting', 'held', 'delivered', 'dropped', 'given_up')", name="state"),
    Index("ix_alert_deliveries_next_at", "next_at"),
)
