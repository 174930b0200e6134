"""The tables. A change here needs a step in `migrations/versions`; a test holds the two equal."""

from barometer.live.store.schema.alerts import alert_deliveries, alert_events, alert_states
from barometer.live.store.schema.annotation import (
    annotation_servers,
    annotation_tasks,
    bad_annotations,
    ended_labels,
    labeled_news_titles,
    measurements,
    samples,
)
from barometer.live.store.schema.base import ForeignText, metadata
from barometer.live.store.schema.feeds import dropped_titles, feeds
from barometer.live.store.schema.news import (
    feed_entries,
    model_predictions,
    model_versions,
    news_titles,
    rollups,
    runs,
    score_queue,
    story_copies,
    title_coins,
)
from barometer.live.store.schema.search import DAY_NUMBERS, search_index

__all__ = [
    "DAY_NUMBERS",
    "ForeignText",
    "alert_deliveries",
    "alert_events",
    "alert_states",
    "annotation_servers",
    "annotation_tasks",
    "bad_annotations",
    "dropped_titles",
    "ended_labels",
    "feed_entries",
    "feeds",
    "labeled_news_titles",
    "measurements",
    "metadata",
    "model_predictions",
    "model_versions",
    "news_titles",
    "rollups",
    "runs",
    "samples",
    "score_queue",
    "search_index",
    "story_copies",
    "title_coins",
]
