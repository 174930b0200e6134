"""The steps that keep the barometer fresh, each complete in itself: crawl, score the window shown, clean up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from barometer.defaults import SHOWN_DAYS
from barometer.live.crawl import Progress, crawl_feeds
from barometer.live.score import Scorer, score_titles
from barometer.live.settings import FeedsSettings
from barometer.live.store.claims import count_unscored, forget_stale_claims, next_lease_end
from barometer.live.store.engine import reading, writing
from barometer.live.store.entries import forget_entries
from barometer.live.store.feeds import CrawlStore
from barometer.live.store.partitions import AHEAD, drop_months, expired_before, make_months
from barometer.live.store.parts import GROUPS
from barometer.live.store.predictions import forget_version
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.standing import activate_version, active_version, record_run, versions_shown_before
from barometer.live.store.titles import KEEP_DROPPED, delete_dropped, delete_superseded, delete_titles_before
from barometer.live.summary import CrawlSummary

_AT_ONCE = 10_000  # headlines deleted in one transaction: others wait for less than a second


def crawl_news(engine: Engine, settings: FeedsSettings, progress: Progress = lambda report: None) -> CrawlSummary:
    """Poll every feed that is due and store the news; raises as `crawl_feeds` does.

    The run is recorded only if a feed answered, since without a network the barometer is not fresh, and only if it left
    no feed to another crawl: that one may be killed, and otherwise records itself.
    """
    summary = crawl_feeds(settings, CrawlStore(engine), progress)
    if summary.read and summary.complete:
        with writing(engine) as connection:
            record_run(connection, "crawl", datetime.now(UTC))
    return summary


def waiting(engine: Engine, model_version: str, days: int = SHOWN_DAYS) -> int:
    """How many headlines `score_window` would score now."""
    with reading(engine) as connection:
        return count_unscored(connection, model_version, datetime.now(UTC) - timedelta(days=days))


def score_window(
    engine: Engine,
    scorer: Scorer,
    days: int = SHOWN_DAYS,
    progress: Callable[[int], object] = lambda scored: None,
) -> int:
    """Score what a version has not scored of the last `days` days, then show it; return how many it scored.

    The earlier version stays shown until the whole window has scores, so the barometer never covers only half the news.

    Raises:
        ValueError: as `score_titles` does; the version shown then stays the same.
    """
    since = datetime.now(UTC) - timedelta(days=days)
    scored = score_titles(engine, scorer, since=since, progress=progress)
    with writing(engine) as connection:
        now = datetime.now(UTC)
        # Once, not with every run: the time of activation is also when the version before was last shown.
        if active_version(connection) != scorer.version:
            activate_version(connection, scorer.version, now, scorer.prevalence.spread)
        record_run(connection, "score", now)
    return scored


@dataclass(frozen=True, slots=True)
class Retention:
    """How long to keep things; None keeps them for ever.

    Attributes:
        dropped: titles that a filter dropped, since they were last seen.
        titles: headlines and their scores, since publication; labelled ones are always kept. PostgreSQL deletes whole
            months, so there they stay up to a month longer.
        versions: the scores of a model version, since another replaced it.
    """

    dropped: timedelta = KEEP_DROPPED
    titles: timedelta | None = None
    versions: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Rows that a clean-up deleted, and the roll-ups that it repaired: `wrong_rollups` should be 0."""

    wrong_rollups: int
    dropped: int
    claims: int
    titles: int
    edited: int
    predictions: int
    months: int = 0

    def lines(self) -> list[str]:
        """One line for each kind of row."""
        return [
            f"roll-ups repaired: {self.wrong_rollups:,}",
            f"dropped titles deleted: {self.dropped:,}",
            f"stale claims deleted: {self.claims:,}",
            f"old headlines deleted: {self.titles:,}",
            f"edited titles deleted: {self.edited:,}",
            f"scores of old model versions deleted: {self.predictions:,}",
            f"months of scores dropped: {self.months:,}",
        ]


def clean_up(engine: Engine, retention: Retention, now: datetime) -> CleanUp:
    """Delete what has expired, then recompute the roll-ups of the version shown; `now` has a zone.

    Each part is a transaction of its own, so that scorers and crawlers wait for one part at most. A run that is killed
    can be repeated.
    """
    with writing(engine) as connection:
        dropped = delete_dropped(connection, now, retention.dropped)
        claims = forget_stale_claims(connection, now)
        forget_entries(connection, now)
    with writing(engine) as connection:
        edited = delete_superseded(connection, now)
    make_months(engine, now, now + AHEAD)
    months, titles = _delete_titles(engine, retention.titles, now)
    predictions = _forget_versions(engine, retention.versions, now)
    wrong = _repair_rollups(engine)
    with writing(engine) as connection:
        record_run(connection, "clean_up", now)
    return CleanUp(wrong, dropped, claims, titles, edited, predictions, months)


def _repair_rollups(engine: Engine) -> int:
    """How many roll-ups of the version shown were wrong."""
    wrong = 0
    for group in GROUPS:
        with writing(engine) as connection:
            version = active_version(connection)
            wrong += 0 if version is None else rebuild_rollups(connection, version, [group])
    return wrong


def _delete_titles(engine: Engine, keep: timedelta | None, now: datetime) -> tuple[int, int]:
    """How many months of scores were dropped, and how many headlines deleted."""
    if keep is None:
        return 0, 0
    moment = expired_before(engine, now - keep)
    months = drop_months(engine, moment)
    if months is None:  # the tables were in use all the time: tomorrow is soon enough
        return 0, 0
    deleted = 0
    while True:
        with writing(engine) as connection:
            found = delete_titles_before(connection, moment, _AT_ONCE)
        deleted += found
        if found < _AT_ONCE:
            return months, deleted


def _forget_versions(engine: Engine, keep: timedelta | None, now: datetime) -> int:
    if keep is None:
        return 0
    with reading(engine) as connection:
        gone = versions_shown_before(connection, now - keep)
    forgotten = 0
    for version in gone:
        with writing(engine) as connection:
            # A scorer may be using it again, for example to roll back.
            if next_lease_end(connection, version, now) is None:
                forgotten += forget_version(connection, version)
    return forgotten
