"""What a crawl did, feed by feed, and the one table that a run ends with."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a feed's turn ended; `waiting` feeds were not due and not asked."""

    OK = "ok"
    NOT_MODIFIED = "304"
    FAILED = "failed"
    PARKED = "parked"
    RETIRED = "retired"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class FeedReport:
    """One feed's turn.

    Attributes:
        url: the address as configured.
        source: the name of the feed.
        outcome: how it ended; a feed that is parked or retired now, or was before, is reported as such.
        reason: why, where it failed; otherwise empty.
        seen: entries in the feed.
        new: headlines that the store did not have.
        known: entries that it had.
        counts: entries without title, without date, with a future date, beyond the limit.
        dropped: entries by the filter that dropped them.
    """

    url: str
    source: str
    outcome: Outcome
    reason: str = ""
    seen: int = 0
    new: int = 0
    known: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """All feeds of a run, in the configured order."""

    feeds: tuple[FeedReport, ...]

    def count(self, *outcomes: Outcome) -> int:
        """How many feeds ended so."""
        return sum(feed.outcome in outcomes for feed in self.feeds)

    @property
    def failed(self) -> int:
        """How many feeds gave trouble: now, or so often before that they were not asked."""
        return self.count(Outcome.FAILED, Outcome.PARKED, Outcome.RETIRED)

    @property
    def all_failed(self) -> bool:
        """Whether there are feeds and each gave trouble: the network or the list needs a person, not one feed."""
        return 0 < self.failed == len(self.feeds)

    @property
    def seen(self) -> int:
        """Entries that feeds had."""
        return sum(feed.seen for feed in self.feeds)

    @property
    def new(self) -> int:
        """Headlines that were stored."""
        return sum(feed.new for feed in self.feeds)

    @property
    def known(self) -> int:
        """Entries that were stored before, by an earlier run or another feed."""
        return sum(feed.known for feed in self.feeds)

    @property
    def counts(self) -> Counter[str]:
        """Entries that were odd, by what was odd."""
        return sum((feed.counts for feed in self.feeds), Counter[str]())

    @property
    def dropped(self) -> Counter[str]:
        """Entries that a filter dropped, by its name."""
        return sum((feed.dropped for feed in self.feeds), Counter[str]())


def summary_lines(summary: CrawlSummary) -> list[str]:
    """Return the table of a run, and a line for each feed that gave trouble."""
    rows: list[tuple[str, int]] = [("feeds ok", summary.count(Outcome.OK))]
    rows.append(("feeds 304", summary.count(Outcome.NOT_MODIFIED)))
    rows.append(("feeds failed", len(_troubled(summary.feeds))))
    rows.append(("feeds not due", summary.count(Outcome.WAITING)))
    rows += [("entries seen", summary.seen), ("  new", summary.new), ("  known", summary.known)]
    rows += [(f"  dropped: {name}", n) for name, n in summary.dropped.most_common()]
    rows += [(f"  {name}", n) for name, n in summary.counts.most_common()]
    return [*table_lines(rows), *(f"{feed.outcome}: {feed.url}: {feed.reason}" for feed in _troubled(summary.feeds))]


def table_lines(rows: Sequence[tuple[str, int]]) -> list[str]:
    """Return names and numbers as lines in two columns; at least one row."""
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {n:>7,}" for name, n in rows]


def _troubled(feeds: Iterable[FeedReport]) -> list[FeedReport]:
    return [feed for feed in feeds if feed.outcome in {Outcome.FAILED, Outcome.PARKED, Outcome.RETIRED}]
