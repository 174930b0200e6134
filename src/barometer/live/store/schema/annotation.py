"""Labels of people: who is asked about which headline, where, with what answer; and what is measured of them."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, false

from barometer.live.records import NOT_NEWS
from barometer.live.store.schema.base import ForeignText, metadata, title_key
from barometer.live.store.times import UtcTime

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
    title_key(),
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
