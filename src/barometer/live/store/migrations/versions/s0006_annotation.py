"""Annotation with a server: samples, tasks, labels that ended, annotations put aside, and what is measured daily."""

import sqlalchemy as sa
from alembic import op

from barometer.live.store.times import UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables; what was marked for annotation before becomes a sample of uncertain headlines."""
    op.add_column("labeled_news_titles", sa.Column("hard", sa.Boolean(), server_default=sa.false(), nullable=False))
    _samples()
    _server_and_tasks()
    _ended_and_bad()
    op.create_table(
        "measurements",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("measured_at", UtcTime(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "measured_at", name="pk_measurements"),
    )


def _samples() -> None:
    op.create_table(
        "samples",
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("sampled", sa.Text(), nullable=False),
        sa.Column("sampled_at", UtcTime(), nullable=False),
        sa.CheckConstraint("sampled IN ('random', 'uncertain')", name="ck_samples_sampled"),
        _title_reference("fk_samples_title_id", "CASCADE"),
        sa.PrimaryKeyConstraint("title_id", name="pk_samples"),
    )
    op.execute(
        "INSERT INTO samples (title_id, sampled, sampled_at) SELECT title_id, 'uncertain', min(scored_at) "
        "FROM model_predictions WHERE is_annotating GROUP BY title_id"
    )


def _server_and_tasks() -> None:
    op.create_table(
        "annotation_servers",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("pulled_to", UtcTime()),
        sa.Column("token", sa.Text()),
        sa.Column("leased_until", UtcTime()),
        sa.PrimaryKeyConstraint("server", name="pk_annotation_servers"),
    )
    op.create_table(
        "annotation_tasks",
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("pushed_at", UtcTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'skipped', 'deleted')", name="ck_annotation_tasks_state"),
        _title_reference("fk_annotation_tasks_title_id"),
        sa.PrimaryKeyConstraint("title_id", "server", name="pk_annotation_tasks"),
    )
    op.create_index("ix_annotation_tasks_task_id", "annotation_tasks", ["server", "task_id"])


def _ended_and_bad() -> None:
    op.create_table(
        "ended_labels",
        sa.Column("ended_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("annotation_time", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ended_id", name="pk_ended_labels"),
    )
    op.create_index("ix_ended_labels_title_id", "ended_labels", ["title_id"])
    op.create_table(
        "bad_annotations",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("annotation_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("server", "annotation_id", name="pk_bad_annotations"),
    )


def _title_reference(name: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["title_id"], ["news_titles.title_id"], name=name, ondelete=ondelete)
