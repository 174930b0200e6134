"""Which entry of a feed is which headline, and which headline an edited one replaced."""

import sqlalchemy as sa
from alembic import op

from barometer.live.store.times import UtcTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column and the table; headlines stored before are kept, and found by their titles."""
    op.add_column("news_titles", sa.Column("superseded_by", sa.BigInteger()))
    some = sa.text("superseded_by IS NOT NULL")
    name = "ix_news_titles_superseded_by"
    op.create_index(name, "news_titles", ["superseded_by"], postgresql_where=some, sqlite_where=some)
    op.create_table(
        "feed_entries",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("text_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger()),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["title_id"], ["news_titles.title_id"], name="fk_feed_entries_title_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", name="pk_feed_entries"),
    )
    op.create_index("ix_feed_entries_title_id", "feed_entries", ["title_id"])
    op.create_index("ix_feed_entries_seen_at", "feed_entries", ["seen_at"])
