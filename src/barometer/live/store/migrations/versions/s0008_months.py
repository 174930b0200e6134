"""Scores partitioned by month of publication in PostgreSQL; nothing changes in SQLite.

A unique index on time and id takes the place of that on time, so that scores can refer to both: a headline has one time
of publication, so a score has one partition, and (headline, version) stays unique although its key holds the time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import context, op

from barometer.live.store.partitions import (
    AFTER,
    AHEAD,
    BEFORE,
    FIRST_MONTH,
    create_partition,
    month_start,
    months_between,
    next_month,
    partition_name,
)

revision = "0008"
down_revision = "0007"

# Fewer scores than this make no month: they stay in the partition before the first one.
ROWS_OF_A_MONTH = 1000
_TABLE = """
CREATE TABLE model_predictions (
    LIKE old_predictions INCLUDING DEFAULTS,
    CONSTRAINT ck_model_predictions_predicted_class CHECK (predicted_class IN (0, 1, 2))
) PARTITION BY RANGE (pub_time)
"""
_KEYS = {
    "its primary key": "ALTER TABLE model_predictions "
    "ADD CONSTRAINT pk_model_predictions PRIMARY KEY (title_id, model_version, pub_time)",
    "its foreign key": "ALTER TABLE model_predictions "
    "ADD CONSTRAINT fk_model_predictions_title_id FOREIGN KEY (title_id, pub_time) "
    "REFERENCES news_titles (title_id, pub_time) ON DELETE CASCADE",
    "the index of windows": "CREATE INDEX ix_model_predictions_time "
    "ON model_predictions (model_version, pub_time, counted, value)",
    "the index of classes": "CREATE INDEX ix_model_predictions_class "
    "ON model_predictions (model_version, predicted_class, pub_time, counted)",
}
# Both tables lose rows as fast as they gain them, and are small: cleaned up after a thousand dead rows, not after 20%
# of what they once held. And a row that is leased or polled again finds room on its page, so that no index changes.
_BUSY = {"score_queue": 70, "feeds": 50}
# A vacuum of the largest tables comes after 2% of new or dead rows: it keeps windows readable from indexes alone.
_LARGE = ("news_titles", "title_coins", "rollups")


def upgrade() -> None:
    """Move the scores to a partitioned table, month by month."""
    if op.get_bind().dialect.name != "postgresql":
        return
    say: Callable[[str], object] = context.config.attributes.get("progress", lambda line: None)
    started = time.monotonic()
    op.execute("CREATE UNIQUE INDEX uq_news_titles_pub_time ON news_titles (pub_time, title_id)")
    op.execute("DROP INDEX ix_news_titles_pub_time")
    op.execute("ALTER TABLE model_predictions RENAME TO old_predictions")
    op.execute(_TABLE)
    for name, first, end in _partitions(op.get_bind()):
        op.execute(create_partition(name, first, end))
    moved = op.get_bind().execute(sa.text("INSERT INTO model_predictions SELECT * FROM old_predictions")).rowcount
    say(f"{moved:,} scores are in their months after {time.monotonic() - started:.0f} s")
    op.execute("DROP TABLE old_predictions")
    # Otherwise the foreign key reads all headlines again for each month.
    for method in ("hashjoin", "mergejoin"):
        op.execute(f"SET LOCAL enable_{method} = off")
    for what, statement in _KEYS.items():
        op.execute(statement)
        if moved >= ROWS_OF_A_MONTH:
            say(f"made {what} after {time.monotonic() - started:.0f} s")
    for method in ("hashjoin", "mergejoin"):
        op.execute(f"SET LOCAL enable_{method} = on")
    op.execute("ANALYZE model_predictions")
    _settings()


def _partitions(bind: sa.Connection) -> list[tuple[str, datetime | None, datetime | None]]:
    """Months from the first that has enough scores, or else this one, to some that are still to come."""
    now = datetime.now(UTC)
    filled = sa.text(
        "SELECT min(month) FROM (SELECT date_trunc('month', pub_time, 'UTC') AS month FROM old_predictions "
        "WHERE pub_time >= :oldest AND pub_time <= :now GROUP BY 1 HAVING count(*) >= :rows) filled"
    )
    found = bind.execute(filled, {"oldest": FIRST_MONTH, "now": now, "rows": ROWS_OF_A_MONTH}).scalar_one()
    first, end = month_start(found or now), next_month(now + AHEAD)
    months = [(partition_name(month), month, next_month(month)) for month in months_between(first, end)]
    return [(BEFORE, None, first), *months, (AFTER, end, None)]


def _settings() -> None:
    for table, fillfactor in _BUSY.items():
        op.execute(
            f"ALTER TABLE {table} SET (fillfactor = {fillfactor}, autovacuum_vacuum_scale_factor = 0, "
            "autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0, "
            "autovacuum_analyze_threshold = 1000)"
        )
    for table in _LARGE:
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02, "
            "autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)"
        )
