"""The first tables: headlines, coins, predictions, roll-ups, queue, versions, labels, feeds, dropped titles."""

import sqlalchemy as sa
from alembic import op

from barometer.live.store.schema import ForeignText
from barometer.live.store.times import UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _headlines()
    _predictions()
    _sums_and_work()
    _feeds()


def _headlines() -> None:
    op.create_table(
        "news_titles",
        sa.Column("title_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", ForeignText(), nullable=False),
        sa.Column("source", ForeignText(), nullable=False),
        sa.Column("url", ForeignText(), nullable=False),
        sa.Column("pub_time", UtcTime(), nullable=False),
        sa.Column("fetched_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("title_id", name="pk_news_titles"),
    )
    op.create_index("ix_news_titles_pub_time", "news_titles", ["pub_time"])
    op.create_table(
        "title_coins",
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("coin", sa.Text(), nullable=False),
        _title_reference("fk_title_coins_title_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title_id", "coin", name="pk_title_coins"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "labeled_news_titles",
        sa.Column("title_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("annotator", ForeignText(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("annotation_time", UtcTime(), nullable=False),
        sa.CheckConstraint("label IN ('0', '1', '2', 'not news')", name="ck_labeled_news_titles_label"),
        _title_reference("fk_labeled_news_titles_title_id"),
        sa.PrimaryKeyConstraint("title_id", "annotator", name="pk_labeled_news_titles"),
    )


def _title_reference(name: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["title_id"], ["news_titles.title_id"], name=name, ondelete=ondelete)


def _predictions() -> None:
    op.create_table(
        "model_predictions",
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("pub_time", UtcTime(), nullable=False),
        sa.Column("negative", sa.Double(), nullable=False),
        sa.Column("neutral", sa.Double(), nullable=False),
        sa.Column("positive", sa.Double(), nullable=False),
        sa.Column("predicted_class", sa.SmallInteger(), nullable=False),
        sa.Column("entropy", sa.Double(), nullable=False),
        sa.Column("is_annotating", sa.Boolean(), nullable=False),
        sa.Column("scored_at", UtcTime(), nullable=False),
        sa.CheckConstraint("predicted_class IN (0, 1, 2)", name="ck_model_predictions_predicted_class"),
        _title_reference("fk_model_predictions_title_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title_id", "model_version", name="pk_model_predictions"),
    )
    op.create_index("ix_model_predictions_time", "model_predictions", ["model_version", "pub_time", "positive"])
    op.create_index("ix_model_predictions_class", "model_predictions", ["model_version", "predicted_class", "pub_time"])
    op.create_table(
        "model_versions",
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("activated_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("model_version", name="pk_model_versions"),
    )


def _sums_and_work() -> None:
    op.create_table(
        "rollups",
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("span", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("coin", sa.Text(), nullable=False),
        sa.Column("headlines", sa.BigInteger(), nullable=False),
        sa.Column("positive", sa.BigInteger(), nullable=False),
        sa.Column("squares", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model_version", "span", "hour", "coin", name="pk_rollups"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rollups_coin", "rollups", ["model_version", "span", "coin", "hour"])
    op.create_table(
        "score_queue",
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("title_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pub_time", UtcTime(), nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("leased_until", UtcTime()),
        sa.PrimaryKeyConstraint("model_version", "title_id", name="pk_score_queue"),
    )
    op.create_index("ix_score_queue_pub_time", "score_queue", ["model_version", "pub_time"])


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("url", ForeignText(), nullable=False),
        sa.Column("etag", ForeignText()),
        sa.Column("last_modified", ForeignText()),
        sa.Column("next_poll_at", UtcTime()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("last_error", ForeignText()),
        sa.Column("moved_to", ForeignText()),
        sa.CheckConstraint("state IN ('active', 'parked', 'retired')", name="ck_feeds_state"),
        sa.PrimaryKeyConstraint("url", name="pk_feeds"),
    )
    op.create_table(
        "dropped_titles",
        sa.Column("title_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", ForeignText(), nullable=False),
        sa.Column("source", ForeignText(), nullable=False),
        sa.Column("url", ForeignText(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dropped_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("title_id", "reason", name="pk_dropped_titles"),
    )
    op.create_index("ix_dropped_titles_dropped_at", "dropped_titles", ["dropped_at"])
