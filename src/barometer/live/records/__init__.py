"""What passes between the crawler, the store and the barometer. All times are UTC, with zone."""

from barometer.live.records.alerts import (
    AlertEvent,
    AlertOverview,
    AlertState,
    ClaimedDelivery,
    Delivery,
    DeliveryState,
    WatchedAlert,
)
from barometer.live.records.annotation import NOT_NEWS, Annotation, AnnotationOverview, Measurement
from barometer.live.records.feeds import FeedEntry, FeedState, FeedStatus, KnownEntry
from barometer.live.records.outlets import Lean, OutletReading
from barometer.live.records.scores import BarometerReading, Claim, CoinReading, Prediction
from barometer.live.records.stories import FoundCopy, ListedStory, StoryCopy, StoryFilter, StoryOrder
from barometer.live.records.titles import EVERY_TITLE, DroppedTitle, ListedTitle, NewsTitle, StoredTitle, TitleFilter
from barometer.live.records.vitals import Vitals

__all__ = [
    "EVERY_TITLE",
    "NOT_NEWS",
    "AlertEvent",
    "AlertOverview",
    "AlertState",
    "Annotation",
    "AnnotationOverview",
    "BarometerReading",
    "Claim",
    "ClaimedDelivery",
    "CoinReading",
    "Delivery",
    "DeliveryState",
    "DroppedTitle",
    "FeedEntry",
    "FeedState",
    "FeedStatus",
    "FoundCopy",
    "KnownEntry",
    "Lean",
    "ListedStory",
    "ListedTitle",
    "Measurement",
    "NewsTitle",
    "OutletReading",
    "Prediction",
    "StoredTitle",
    "StoryCopy",
    "StoryFilter",
    "StoryOrder",
    "TitleFilter",
    "Vitals",
    "WatchedAlert",
]
