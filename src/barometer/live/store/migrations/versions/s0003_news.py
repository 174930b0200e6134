"""Whether a headline is news and counts, what it adds to the barometer, and how far a version's barometer may err.

Headlines scored before count, with their positive probability; so their roll-ups stay what they are.
"""

import sqlalchemy as sa
from alembic import op

from barometer.live.store.times import UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns, and rebuild the indexes that windows and listings are read from."""
    for name in ("ix_model_predictions_time", "ix_model_predictions_class"):
        op.drop_index(name, "model_predictions")
    op.add_column("model_predictions", sa.Column("news", sa.Double()))
    op.add_column("model_predictions", sa.Column("value", sa.Double()))
    op.add_column("model_predictions", sa.Column("counted", sa.Boolean()))
    op.execute("UPDATE model_predictions SET value = positive, counted = TRUE")
    # SQLite cannot change a column: there the rows are copied to a table that is like the one described.
    with op.batch_alter_table("model_predictions", copy_from=_predictions()) as table:
        table.alter_column("value", existing_type=sa.Double(), nullable=False)
        table.alter_column("counted", existing_type=sa.Boolean(), nullable=False)
    columns = ["model_version", "pub_time", "counted", "value"]
    op.create_index("ix_model_predictions_time", "model_predictions", columns)
    columns = ["model_version", "predicted_class", "pub_time", "counted"]
    op.create_index("ix_model_predictions_class", "model_predictions", columns)
    for name in ("variance", "bias_variance"):
        op.add_column("model_versions", sa.Column(name, sa.Double()))


def _predictions() -> sa.Table:
    return sa.Table(
        "model_predictions",
        sa.MetaData(),
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
        sa.Column("news", sa.Double()),
        sa.Column("value", sa.Double()),
        sa.Column("counted", sa.Boolean()),
        sa.CheckConstraint("predicted_class IN (0, 1, 2)", name="ck_model_predictions_predicted_class"),
        sa.ForeignKeyConstraint(
            ["title_id"], ["news_titles.title_id"], name="fk_model_predictions_title_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("title_id", "model_version", name="pk_model_predictions"),
    )
