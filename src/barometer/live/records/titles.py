"""Headlines: stored, dropped by a filter, or listed with their scores; and which to list. All times are UTC."""

from dataclasses import dataclass
from datetime import datetime

from barometer.labels import Label


@dataclass(frozen=True, slots=True)
class StoredTitle:
    """A title that the store knows, and the id of the headline that stands for it now.

    `is_copy` tells a near-duplicate that is a headline of its own, because every copy of a story counts.
    """

    title_id: int
    title: str
    is_copy: bool = False


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
class ListedTitle:
    """A stored headline with its scores, in class order; `entropy` is in nats, high where the model is uncertain.

    `coins` are the tickers it mentions, in alphabetical order, where the query reads them. `news` is the probability of
    being news at all, None where it is unknown; `counted` whether the headline counts as news. `outlets` is how many
    told its story, itself included, and `first_seen` when the first of them did (UTC); both where the query reads them.
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
    outlets: int = 1
    first_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class TitleFilter:
    """Which scored headlines to list; by default all that count.

    Attributes:
        predicted: the class that the model version predicts.
        coin: a ticker in capitals.
        outlet: what the headlines have as their source.
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
    outlet: str | None = None


EVERY_TITLE = TitleFilter()
