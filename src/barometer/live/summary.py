"""The result of a crawl, feed by feed, and its summary table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a feed's poll ended; `waiting` feeds were not due, and those `in progress` are with another crawl."""

    OK = "ok"
    NOT_MODIFIED = "304"
    FAILED = "failed"
    PARKED = "parked"
    RETIRED = "retired"
    WAITING = "waiting"
    IN_PROGRESS = "in progress"


_FAILURES = (Outcome.FAILED, Outcome.PARKED, Outcome.RETIRED)


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The result for one feed.

    Attributes:
        url: the address as configured.
        source: the name of the feed.
        outcome: how the poll ended; parked and retired feeds are reported as such, polled or not.
        reason: why it failed; otherwise empty.
        seen: entries in the feed.
        new: headlines that the store did not have.
        edited: headlines whose title changed.
        known: entries that it had.
        counts: entries without title, without date, with a future date, or beyond the limit.
        dropped: entries by the filter that dropped them.
        due: whether it was to be polled; parked and retired feeds may be reported although they were not.
    """

    url: str
    source: str
    outcome: Outcome
    reason: str = ""
    seen: int = 0
    new: int = 0
    edited: int = 0
    known: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    due: bool = True


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """All feeds of a run, in the configured order."""

    feeds: tuple[FeedReport, ...]

    def count(self, *outcomes: Outcome) -> int:
        """How many feeds had one of these outcomes."""
        return sum(feed.outcome in outcomes for feed in self.feeds)

    @property
    def failed(self) -> int:
        """How many feeds failed, now or so often before that they were not polled."""
        return self.count(*_FAILURES)

    @property
    def all_failed(self) -> bool:
        """Whether there are feeds and every one failed: then check the network or the list of feeds."""
        return 0 < self.failed == len(self.feeds)

    @property
    def due(self) -> int:
        """How many feeds were to be polled."""
        return sum(feed.due for feed in self.feeds)

    @property
    def read(self) -> int:
        """How many of them were read."""
        return self.count(Outcome.OK, Outcome.NOT_MODIFIED)

    @property
    def complete(self) -> bool:
        """Whether every feed that was due was asked; not so if another crawl is still reading some."""
        return not self.count(Outcome.IN_PROGRESS)

    @property
    def seen(self) -> int:
        """Entries in all feeds."""
        return sum(feed.seen for feed in self.feeds)

    @property
    def new(self) -> int:
        """Headlines that were stored."""
        return sum(feed.new for feed in self.feeds)

    @property
    def edited(self) -> int:
        """Headlines whose title changed, and that are scored again."""
        return sum(feed.edited for feed in self.feeds)

    @property
    def known(self) -> int:
        """Entries that the store had, from an earlier run or another feed."""
        return sum(feed.known for feed in self.feeds)

    @property
    def counts(self) -> Counter[str]:
        """Irregular entries by kind, as in `FeedReport.counts`."""
        return sum((feed.counts for feed in self.feeds), Counter[str]())

    @property
    def dropped(self) -> Counter[str]:
        """Dropped entries by the name of the filter."""
        return sum((feed.dropped for feed in self.feeds), Counter[str]())


def summary_lines(summary: CrawlSummary) -> list[str]:
    """Return the coverage and the table of a run, and a line for each feed that failed."""
    rows = [("feeds ok", summary.count(Outcome.OK)), ("feeds 304", summary.count(Outcome.NOT_MODIFIED))]
    rows += [("feeds failed", summary.failed), ("feeds not due", summary.count(Outcome.WAITING))]
    rows += [("entries seen", summary.seen), ("  new", summary.new)]
    rows += [("  edited", summary.edited), ("  known", summary.known)]
    rows += [(f"  dropped: {name}", n) for name, n in summary.dropped.most_common()]
    rows += [(f"  {name}", n) for name, n in summary.counts.most_common()]
    if not summary.complete:
        rows.insert(3, ("feeds in progress", summary.count(Outcome.IN_PROGRESS)))
    return [
        f"{summary.read:,} of {summary.due:,} due feeds read",
        *table_lines(rows),
        *(f"{feed.outcome}: {_shown(feed.url)}: {feed.reason}" for feed in summary.feeds if feed.outcome in _FAILURES),
    ]


def _shown(url: str) -> str:
    """An address on one line, whatever the settings say."""
    return url if url.isprintable() else ascii(url)


def table_lines(rows: Sequence[tuple[str, int]]) -> list[str]:
    """Return names and numbers, at least one row, as lines in two columns."""
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {n:>7,}" for name, n in rows]
