"""The tables. A change here needs a step in `migrations/versions`; a test holds the two equal."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

from barometer.live.records import NOT_NEWS
from barometer.live.store.times import UtcTime


class ForeignText(TypeDecorator[str]):
    """Text from the network: what PostgreSQL cannot store (NUL, lone surrogates) is replaced in both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Text that both databases accept."""
        if value is None:
            return None
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _title_key() -> Column[int]:
    return Column("title_id", BigInteger, ForeignKey("news_titles.title_id", ondelete="CASCADE"), primary_key=True)


# `title_id` is the hash of the title, or of title and day where an older headline has the same title. A headline whose
# title was edited is superseded by the one with the new title: it has no predictions and does not count.
news_titles = Table(
    "news_titles",
    metadata,
    Column("title_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", ForeignText, nullable=False),
    Column("source", ForeignText, nullable=False),
    Column("url", ForeignText, nullable=False),
    Column("pub_time", UtcTime, nullable=False),
    Column("fetched_at", UtcTime, nullable=False),
    Column("superseded_by", BigInteger),
    Index("ix_news_titles_pub_time", "pub_time"),
    Index(
        "ix_news_titles_superseded_by",
        "superseded_by",
        postgresql_where=text("superseded_by IS NOT NULL"),
        sqlite_where=text("superseded_by IS NOT NULL"),
    ),
)

# What each feed's entries were at the last poll. `title_id` is the headline that stands for the entry now, `text_id`
# the hash of the title that the entry had, `link_id` of its address.
feed_entries = Table(
    "feed_entries",
    metadata,
    Column("entry_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title_id", BigInteger, ForeignKey("news_titles.title_id", ondelete="CASCADE"), nullable=False),
    Column("text_id", BigInteger, nullable=False),
    Column("link_id", BigInteger),
    Column("seen_at", UtcTime, nullable=False),
    Index("ix_feed_entries_title_id", "title_id"),
    Index("ix_feed_entries_seen_at", "seen_at"),
)

title_coins = Table(
    "title_coins",
    metadata,
    _title_key(),
    Column("coin", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# `pub_time` repeats that of the title, which never changes, so that one index serves windows and newest titles.
# `news` is the probability of being news at all, null if the model has none; `counted` whether the headline counts.
# `value` is what the headline adds to the barometer if it counts: in [0, 1] or slightly outside.
model_predictions = Table(
    "model_predictions",
    metadata,
    _title_key(),
    Column("model_version", Text, primary_key=True),
    Column("pub_time", UtcTime, nullable=False),
    Column("negative", Double, nullable=False),
    Column("neutral", Double, nullable=False),
    Column("positive", Double, nullable=False),
    Column("predicted_class", SmallInteger, nullable=False),
    Column("entropy", Double, nullable=False),
    Column("is_annotating", Boolean, nullable=False),
    Column("scored_at", UtcTime, nullable=False),
    Column("news", Double),
    Column("value", Double, nullable=False),
    Column("counted", Boolean, nullable=False),
    CheckConstraint("predicted_class IN (0, 1, 2)", name="predicted_class"),
    Index("ix_model_predictions_time", "model_version", "pub_time", "counted", "value"),
    Index("ix_model_predictions_class", "model_version", "predicted_class", "pub_time", "counted"),
)

# Sums over the counted headlines of a span of 1, 24 or 720 hours that begins at `hour`, hours since 1970. Coin '' means
# all headlines; `positive` sums their values, `squares` their squares. Sums are in whole millionths, so that adding and
# subtracting leave no rounding error.
rollups = Table(
    "rollups",
    metadata,
    Column("model_version", Text, primary_key=True),
    Column("span", SmallInteger, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("coin", Text, primary_key=True),
    Column("headlines", BigInteger, nullable=False),
    Column("positive", BigInteger, nullable=False),
    Column("squares", BigInteger, nullable=False),
    Index("ix_rollups_coin", "model_version", "span", "coin", "hour"),
    sqlite_with_rowid=False,
)

# Work to do, derived from the tables above and never authoritative, so without a foreign key to titles.
score_queue = Table(
    "score_queue",
    metadata,
    Column("model_version", Text, primary_key=True),
    Column("title_id", BigInteger, primary_key=True, autoincrement=False),
    Column("pub_time", UtcTime, nullable=False),
    Column("token", Text),
    Column("leased_until", UtcTime),
    Index("ix_score_queue_pub_time", "model_version", "pub_time"),
)

# `variance` is that of one headline's error, `bias_variance` that of the error that all share; null if unknown.
model_versions = Table(
    "model_versions",
    metadata,
    Column("model_version", Text, primary_key=True),
    Column("activated_at", UtcTime, nullable=False),
    Column("variance", Double),
    Column("bias_variance", Double),
)

runs = Table(
    "runs",
    metadata,
    Column("step", Text, primary_key=True),
    Column("finished_at", UtcTime, nullable=False),
    CheckConstraint("step IN ('crawl', 'score', 'sample', 'clean_up')", name="step"),
)

# A title that has a label cannot be deleted.
labeled_news_titles = Table(
    "labeled_news_titles",
    metadata,
    Column("title_id", BigInteger, ForeignKey("news_titles.title_id"), primary_key=True, autoincrement=False),
    Column("annotator", ForeignText, primary_key=True),
    Column("label", Text, nullable=False),
    Column("annotation_time", UtcTime, nullable=False),
    Column("hard", Boolean, server_default=false(), nullable=False),
    CheckConstraint(f"label IN ('0', '1', '2', '{NOT_NEWS}')", name="label"),
)

# Which headlines annotators are asked about. What was drawn at random can measure; the rest was chosen to teach.
samples = Table(
    "samples",
    metadata,
    _title_key(),
    Column("sampled", Text, nullable=False),
    Column("sampled_at", UtcTime, nullable=False),
    CheckConstraint("sampled IN ('random', 'uncertain')", name="sampled"),
)

# The project of each Label Studio, up to which change of it labels were pulled, and who exchanges with it until when.
annotation_servers = Table(
    "annotation_servers",
    metadata,
    Column("server", Text, primary_key=True),
    Column("project", Integer, nullable=False),
    Column("pulled_to", UtcTime),
    Column("token", Text),
    Column("leased_until", UtcTime),
)

# The task that asks about a headline. While there is one, the headline stays, since its label may still come.
annotation_tasks = Table(
    "annotation_tasks",
    metadata,
    Column("title_id", BigInteger, ForeignKey("news_titles.title_id"), primary_key=True, autoincrement=False),
    Column("server", Text, primary_key=True),
    Column("task_id", BigInteger, nullable=False),
    Column("pushed_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    CheckConstraint("state IN ('open', 'done', 'skipped', 'deleted')", name="state"),
    Index("ix_annotation_tasks_task_id", "server", "task_id"),
)

# Labels that were current once: when and by whom they were changed or withdrawn. `reason` says which.
ended_labels = Table(
    "ended_labels",
    metadata,
    Column("ended_id", Integer, primary_key=True),
    Column("title_id", BigInteger, nullable=False),
    Column("annotator", ForeignText, nullable=False),
    Column("label", Text, nullable=False),
    Column("hard", Boolean, nullable=False),
    Column("annotation_time", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    Column("ended_by", ForeignText, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_ended_labels_title_id", "title_id"),
)

# Annotations that count for nothing until somebody mends them in Label Studio.
bad_annotations = Table(
    "bad_annotations",
    metadata,
    Column("server", Text, primary_key=True),
    Column("annotation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("task_id", BigInteger, nullable=False),
    Column("reason", ForeignText, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

# What is measured again and again: drift, agreement of annotators, retrainings; `result` is a JSON object.
measurements = Table(
    "measurements",
    metadata,
    Column("name", Text, primary_key=True),
    Column("measured_at", UtcTime, primary_key=True),
    Column("result", Text, nullable=False),
)

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
