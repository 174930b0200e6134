"""Headlines, what models say of them, and what is derived from that."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)

from barometer.live.store.schema.base import ForeignText, metadata, only, title_key
from barometer.live.store.times import UtcTime

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
    only("sqlite", Index("ix_news_titles_pub_time", "pub_time")),
    only("postgresql", Index("uq_news_titles_pub_time", "pub_time", "title_id", unique=True)),
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

# The other titles that tell the story of a headline: near-duplicates of it, and its own title from other outlets.
# `copy_id` is the hash of title and outlet, `headline_id` the headline of its own that a near-duplicate is where every
# copy counts.
story_copies = Table(
    "story_copies",
    metadata,
    Column("copy_id", BigInteger, primary_key=True, autoincrement=False),
    title_key(),
    Column("title", ForeignText, nullable=False),
    Column("source", ForeignText, nullable=False),
    Column("url", ForeignText, nullable=False),
    Column("pub_time", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("headline_id", BigInteger, ForeignKey("news_titles.title_id", ondelete="SET NULL")),
    Index("ix_story_copies_title_id", "title_id"),
    Index(
        "ix_story_copies_headline_id",
        "headline_id",
        postgresql_where=text("headline_id IS NOT NULL"),
        sqlite_where=text("headline_id IS NOT NULL"),
    ),
)

title_coins = Table(
    "title_coins",
    metadata,
    title_key(),
    Column("coin", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# `pub_time` repeats that of the title, which never changes, so that one index serves windows and newest titles. In
# PostgreSQL it parts the table by month (`partitions`), and so belongs to its keys.
# `news` is the probability of being news at all, null if the model has none; `counted` whether the headline counts.
# `value` is what the headline adds to the barometer if it counts: in [0, 1] or slightly outside.
model_predictions = Table(
    "model_predictions",
    metadata,
    Column("title_id", BigInteger, primary_key=True, autoincrement=False),
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
    only("sqlite", ForeignKeyConstraint(["title_id"], ["news_titles.title_id"], ondelete="CASCADE")),
    only(
        "postgresql",
        ForeignKeyConstraint(
            ["title_id", "pub_time"], ["news_titles.title_id", "news_titles.pub_time"], ondelete="CASCADE"
        ),
    ),
    Index("ix_model_predictions_time", "model_version", "pub_time", "counted", "value"),
    Index("ix_model_predictions_class", "model_version", "predicted_class", "pub_time", "counted"),
)

# Sums over the counted headlines of a span of 1, 24 or 720 hours that begins at `hour`, hours since 1970. `coin` is a
# part of the news: '' for all headlines, a coin, or what `store.parts` says, which also adds to the span. `positive`
# sums values, `squares` their squares. Sums are in whole millionths, so that adding and subtracting leave no rounding
# error.
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
