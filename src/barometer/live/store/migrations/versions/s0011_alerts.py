"""Alerts: the state of each, the events, and the outbox of their deliveries."""

import sqlalchemy as sa
from alembic import op

from barometer.live.store.times import UtcTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert_states",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("raised", sa.Boolean(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("raised_at", UtcTime()),
        sa.Column("ended_at", UtcTime()),
        sa.Column("checked_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("alert", name="pk_alert_states"),
    )
    op.create_table(
        "alert_events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_alert_events"),
        sa.UniqueConstraint("alert", "episode", name="uq_alert_events_alert"),
    )
    op.create_index("ix_alert_events_raised_at", "alert_events", ["raised_at"])
    op.create_table(
        "alert_deliveries",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcTime()),
        sa.Column("token", sa.Text()),
        sa.Column("leased_until", UtcTime()),
        sa.Column("last_error", sa.Text()),
        sa.Column("done_at", UtcTime()),
        sa.CheckConstraint(
            "state IN ('waiting', 'held', 'delivered', 'dropped', 'given_up')", name="ck_alert_deliveries_state"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["alert_events.event_id"], name="fk_alert_deliveries_event_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "channel", name="pk_alert_deliveries"),
    )
    op.create_index("ix_alert_deliveries_next_at", "alert_deliveries", ["next_at"])
