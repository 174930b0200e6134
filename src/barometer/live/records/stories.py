"""Stories: a headline and the other titles that tell the same. All times are UTC, with zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from barometer.live.records.titles import ListedTitle

StoryOrder = Literal["outlets", "newest"]
# A feed may repeat a title in ever new words.
MOST_COPIES = 50


@dataclass(frozen=True, slots=True)
class StoryCopy:
    """A title that tells the story of a headline: a near-duplicate, or the same from another outlet (`source`)."""

    title: str
    source: str
    url: str
    pub_time: datetime


@dataclass(frozen=True, slots=True)
class FoundCopy(StoryCopy):
    """A copy to store; `title` and `like` are normalised.

    Attributes:
        like: the title whose story it tells; its own where another outlet has the same title.
        seen_at: when the crawler saw it.
        counted: whether it is a headline of its own, too, because every copy counts.
    """

    like: str
    seen_at: datetime
    counted: bool = False


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Which stories to list: those whose headline was published in [since, until).

    Attributes:
        since, until: of the window.
        coin: a ticker in capitals that the headline mentions.
        min_outlets: how many outlets told it at least.
        order: the most outlets first, or the newest headline first.
    """

    since: datetime
    until: datetime
    coin: str | None = None
    min_outlets: int = 1
    order: StoryOrder = "outlets"


@dataclass(frozen=True, slots=True)
class ListedStory:
    """A story: the headline that counts, and its copies, the earliest first; at most 50."""

    headline: ListedTitle
    copies: Sequence[StoryCopy]
