"""Feeds, and titles of theirs that were dropped."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text

from barometer.live.store.schema.base import ForeignText, metadata
from barometer.live.store.times import UtcTime

# `leased_until` is while a crawl reads a feed; `full_at` when the feed last answered with its content, not with 304.
feeds = Table(
    "feeds",
    metadata,
    Column("url", ForeignText, primary_key=True),
    Column("etag", ForeignText),
    Column("last_modified", ForeignText),
    Column("next_poll_at", UtcTime),
    Column("failures", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("last_error", ForeignText),
    Column("moved_to", ForeignText),
    Column("leased_until", UtcTime),
    Column("full_at", UtcTime),
    CheckConstraint("state IN ('active', 'parked', 'retired')", name="state"),
)

dropped_titles = Table(
    "dropped_titles",
    metadata,
    Column("title_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", ForeignText, nullable=False),
    Column("source", ForeignText, nullable=False),
    Column("url", ForeignText, nullable=False),
    Column("reason", Text, primary_key=True),
    Column("dropped_at", UtcTime, nullable=False),
    Index("ix_dropped_titles_dropped_at", "dropped_at"),
)
