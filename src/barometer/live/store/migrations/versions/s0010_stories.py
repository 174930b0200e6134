"""Copies of headlines: near-duplicates, which were dropped before, and the same title from other outlets.

Copies dropped before are not found again; the same titles that feeds still carry are, within a day of crawling.
"""

import sqlalchemy as sa
from alembic import op

from barometer.live.store.times import UtcTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "story_copies",
        sa.Column("copy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("title", "source", "url")),
        *(sa.Column(name, UtcTime(), nullable=False) for name in ("pub_time", "seen_at")),
        sa.Column("headline_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["title_id"], ["news_titles.title_id"], name="fk_story_copies_title_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["headline_id"], ["news_titles.title_id"], name="fk_story_copies_headline_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("copy_id", "title_id", name="pk_story_copies"),
    )
    op.create_index("ix_story_copies_title_id", "story_copies", ["title_id"])
    own = sa.text("headline_id IS NOT NULL")
    op.create_index(
        "ix_story_copies_headline_id", "story_copies", ["headline_id"], postgresql_where=own, sqlite_where=own
    )
