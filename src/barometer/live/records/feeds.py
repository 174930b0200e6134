"""What the crawler remembers of feeds and of their entries between polls. All times are UTC, with zone."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeedStatus(StrEnum):
    """What the crawler does with a feed: poll it, park it after many failures, or never poll it again (410)."""

    ACTIVE = "active"
    PARKED = "parked"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the crawler must remember of a feed between runs; validators are kept byte for byte.

    `url` is the address as configured; `moved_to` the one that a permanent redirect gave, which is polled instead.
    `leased_until` is how long a crawl holds the feed while it reads it, and `full_at` when the feed last answered with
    its content instead of 304.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    next_poll_at: datetime | None = None
    failures: int = 0
    state: FeedStatus = FeedStatus.ACTIVE
    last_error: str | None = None
    moved_to: str | None = None
    leased_until: datetime | None = None
    full_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What to remember of an entry of a feed between polls.

    Attributes:
        entry_id: of the entry, from its feed and its identifier or link.
        title_id: of the headline that stands for it.
        text_id: the `headline_id` of its title when it was last seen.
        link_id: of the article's address; None without one.
        seen_at: when it was last seen, in UTC, to the day.
    """

    entry_id: int
    title_id: int
    text_id: int
    link_id: int | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class KnownEntry(FeedEntry):
    """An entry of a feed as stored, with title and time of publication (UTC) of its headline."""

    title: str
    pub_time: datetime
