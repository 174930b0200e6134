"""Typed settings of the crawler: feeds, politeness, and filters of titles (`conf/feeds/`)."""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from barometer.defaults import FEEDS
from barometer.settings import Positive, Section, Share, load

PRODUCT = "crypto-news-barometer"
Hours = Annotated[float, Field(ge=0, le=24 * 365)]
Count = Literal["once", "every"]


class FeedAddress(Section):
    """A feed and the source name of its headlines; by default the host."""

    url: str
    source: str = ""

    @property
    def name(self) -> str:
        """The source to show."""
        return self.source or (_host(self.url) or self.url).removeprefix("www.")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None  # a broken address is the failure of its feed, when it is polled


class FetchSettings(Section):
    """How feeds are fetched.

    Attributes:
        contact: address or page in the User-Agent, so that a site's owner can complain; may be empty.
        timeout_seconds: limit for a feed, redirects and body together.
        parse_seconds: limit for parsing a feed, and as much again for every 4 MB of it.
        max_bytes: limit for a body after decompression.
        max_redirects: the longest chain of redirects.
        concurrency: feeds in flight at once.
        per_host: requests to one host at once.
        robots: whether to obey robots.txt.
        allow_hosts: host names that may resolve to private, loopback or link-local addresses.
        file_folder: the folder below which `file:` addresses are read; empty refuses them all.
    """

    contact: str = ""
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    parse_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0
    max_bytes: Positive = 15_000_000
    max_redirects: Annotated[int, Field(ge=0, le=20)] = 5
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 100
    per_host: Annotated[int, Field(ge=1, le=100)] = 2
    robots: bool = True
    allow_hosts: tuple[str, ...] = ()
    file_folder: str = ""

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return f"{PRODUCT}/0.1 ({f'+{self.contact}; ' if self.contact else ''}feed reader)"


class PollSettings(Section):
    """When a feed is polled again.

    Attributes:
        interval_minutes: the shortest time between polls.
        lease_seconds: how long after its last sign of life a crawl holds the feeds that it was reading.
        revalidate_days: after so many days of 304 a feed is asked in full; 0 always asks in full.
        max_cache_hours: the longest Cache-Control that is honoured.
        max_retry_after_hours: the longest Retry-After that is honoured.
        backoff_minutes: the wait after a first failure; it doubles with each further one.
        max_backoff_hours: the longest such wait.
        park_after: failures in a row after which a feed is parked.
        parked_hours: how long until a parked feed is tried again.
    """

    interval_minutes: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 60.0
    lease_seconds: Annotated[float, Field(ge=1, le=3600)] = 60.0
    revalidate_days: Annotated[float, Field(ge=0, le=36_500)] = 7.0
    max_cache_hours: Hours = 24.0
    max_retry_after_hours: Hours = 24.0 * 7
    backoff_minutes: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 60.0
    max_backoff_hours: Hours = 24.0
    park_after: Positive = 8
    parked_hours: Hours = 24.0 * 7


class FilterSettings(Section):
    """Which titles are kept.

    Attributes:
        order: names of the filters, in the order of application.
        min_words: the least number of words.
        max_age_days: the greatest age.
        near_duplicate_similarity: share of the longer title's words that the shorter one must have, for two titles with
            otherwise the same words to be near-duplicates.
        near_duplicate_days: how far back a title is compared with stored ones; as long as `max_age_days`, so that a
            near-duplicate still in its feed is not stored once the other is out of range.
    """

    order: tuple[str, ...] = ("recent", "english", "words", "near_duplicate")
    min_words: Positive = 4
    max_age_days: Annotated[float, Field(gt=0, le=36_500)] = 30.0
    near_duplicate_similarity: Share = 0.8
    near_duplicate_days: Annotated[float, Field(ge=0, le=36_500)] = 30.0


class StorySettings(Section):
    """How stories count.

    Attributes:
        count: `once` counts the first title of a story, `every` its near-duplicates, too. The same title from several
            outlets counts once either way: a title is stored once.
    """

    count: Count = "once"


class FeedsSettings(Section):
    """The feeds to crawl and the rules for them."""

    addresses: tuple[FeedAddress, ...]
    max_entries: Positive = 500
    fetch: FetchSettings = FetchSettings()
    poll: PollSettings = PollSettings()
    filters: FilterSettings = FilterSettings()
    stories: StorySettings = StorySettings()

    @field_validator("addresses", mode="before")
    @classmethod
    def _plain_addresses(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the file says; pydantic checks the result
        if not isinstance(value, list):
            return value
        return [{"url": item} if isinstance(item, str) else item for item in value]

    @field_validator("addresses")
    @classmethod
    def _distinct(cls, value: tuple[FeedAddress, ...]) -> tuple[FeedAddress, ...]:
        urls = [feed.url for feed in value]
        if repeated := sorted({url for url in urls if urls.count(url) > 1}):
            raise ValueError(f"each address once; repeated: {', '.join(repeated)}")
        return value


def load_feeds(path: Path = FEEDS) -> FeedsSettings:
    """Read and check a file of feeds; raises as `barometer.settings.load` does."""
    missing = f"no feeds file {path}; expected YAML such as {FEEDS}"
    return load(FeedsSettings, path, missing, "with `addresses`")
