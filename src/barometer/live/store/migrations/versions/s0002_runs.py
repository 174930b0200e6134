"""When each step of production last finished."""

import sqlalchemy as sa
from alembic import op

from barometer.live.store.times import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "runs",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=False),
        sa.CheckConstraint("step IN ('crawl', 'score', 'sample', 'clean_up')", name="ck_runs_step"),
        sa.PrimaryKeyConstraint("step", name="pk_runs"),
    )
