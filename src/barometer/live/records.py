"""What passes between the crawler, the store and the barometer. All times are UTC, with zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from barometer.labels import Label

# What a label of None is called: so in the store, with a capital in Label Studio.
NOT_NEWS = "not news"


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


@dataclass(frozen=True, slots=True)
class StoredTitle:
    """A title that the store knows, and the id of the headline that stands for it now."""

    title_id: int
    title: str


@dataclass(frozen=True, slots=True)
class NewsTitle:
    """A headline to store: `title` is normalised, `coins` are tickers in capitals.

    `title_id` is the `headline_id` of the title; the store may give another to a title that returns after long.
    """

    title_id: int
    title: str
    source: str
    url: str
    pub_time: datetime
    fetched_at: datetime
    coins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DroppedTitle:
    """A title that a filter dropped, kept for audit; `reason` is the name of the filter."""

    title: str
    source: str
    url: str
    reason: str
    dropped_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """Headlines that a scorer has leased: texts by id, and until when nobody else may score them."""

    token: str
    titles: Mapping[int, str] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one model version predicts for a headline.

    Attributes:
        title_id: of the headline.
        probabilities: in class order.
        is_annotating: whether it goes to annotators.
        news: the probability of being news at all; None where it is unknown.
        value: what the headline adds to the barometer; the positive probability if not given. Kept within [-1, 2].
        counted: whether the headline counts; one that is not news does not.
    """

    title_id: int
    probabilities: tuple[float, float, float]
    is_annotating: bool = False
    news: float | None = None
    value: float | None = None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class BarometerReading:
    """The share of positive headlines in a window, estimated, in [0, 1], with its 95% interval.

    All three are None where there is no headline; `count` is the number of headlines that count.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ListedTitle:
    """A stored headline with its scores, in class order; `entropy` is in nats, high where the model is uncertain.

    `coins` are the tickers it mentions, in alphabetical order, where the query reads them. `news` is the probability of
    being news at all, None where it is unknown; `counted` whether the headline counts as news.
    """

    title_id: int
    title: str
    source: str
    url: str
    pub_time: datetime
    probabilities: tuple[float, float, float]
    predicted: Label
    entropy: float
    coins: tuple[str, ...] = ()
    news: float | None = None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class TitleFilter:
    """Which scored headlines to list; by default all that count.

    Attributes:
        predicted: the class that the model version predicts.
        coin: a ticker in capitals.
        text: words that all occur in the title, as whole or part of a word, in any order; the case of ASCII letters
            does not matter.
        since: the earliest moment of publication.
        include_not_news: whether to list headlines, too, that the model version classified as not news.
    """

    predicted: Label | None = None
    coin: str | None = None
    text: str = ""
    since: datetime | None = None
    include_not_news: bool = False


EVERY_TITLE = TitleFilter()


@dataclass(frozen=True, slots=True)
class Annotation:
    """The label that a person gave to a stored headline; None means that it is not news.

    `hard` says that the person expects others to choose another label.
    """

    title_id: int
    annotator: str
    label: Label | None
    annotated_at: datetime
    hard: bool = False


@dataclass(frozen=True, slots=True)
class CoinReading:
    """The barometer of the headlines that mention a coin; `coin` is a ticker in capitals."""

    coin: str
    reading: BarometerReading


@dataclass(frozen=True, slots=True)
class Measurement:
    """A result, as plain data, and when it was measured, in UTC."""

    measured_at: datetime
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnnotationOverview:
    """The state of annotation.

    Attributes:
        projects: addresses of the projects in Label Studio.
        waiting: headlines that await an answer, as tasks or not yet sent.
        tasks: how many tasks there are by state.
        random: headlines that were drawn at random, of those sampled.
        votes: current labels in class order, then those that say "not news".
        hard: current labels that are marked as hard.
        headlines, annotators: that have current labels, and that gave them.
        ended: labels that were changed or withdrawn.
        bad: annotations that cannot be used.
        agreement: the newest measurement, None before the first.
        drift: measurements, newest first.
    """

    projects: Sequence[str]
    waiting: int
    tasks: Mapping[str, int]
    random: int
    votes: Sequence[int]
    hard: int
    headlines: int
    annotators: int
    ended: int
    bad: int
    agreement: Measurement | None
    drift: Sequence[Measurement]


@dataclass(frozen=True, slots=True)
class Vitals:
    """What operators watch besides the barometer.

    Attributes:
        newest_pub_time: of the newest headline that counts for the active model version; None without any.
        unscored: recent headlines that this version has not scored, counted up to a limit; None before one is active.
        finished: when each step last finished, in UTC.
        feeds: how many are `active`, `failing` (active, but the last poll failed), `parked` and `retired`.
    """

    newest_pub_time: datetime | None
    unscored: int | None
    finished: Mapping[str, datetime]
    feeds: Mapping[str, int]
