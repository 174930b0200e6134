"""The steps that keep the barometer fresh, each complete in itself: crawl, score the window shown, clean up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from barometer.live.crawl import Progress, crawl_feeds
from barometer.live.records import Spread
from barometer.live.score import Scorer, score_titles
from barometer.live.settings import FeedsSettings
from barometer.live.store.claims import count_unscored, forget_stale_claims, next_lease_end
from barometer.live.store.engine import reading, writing
from barometer.live.store.feeds import EngineStore
from barometer.live.store.predictions import forget_version
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.standing import activate_version, active_version, record_run, versions_shown_before
from barometer.live.store.titles import KEEP_DROPPED, delete_dropped, delete_titles_before
from barometer.live.summary import CrawlSummary, Outcome

SHOWN_DAYS = 366  # how far back the barometer is shown, and so how far a new model version scores


def crawl_news(engine: Engine, settings: FeedsSettings, progress: Progress = lambda report: None) -> CrawlSummary:
    """Ask every feed that is due and store what is news; raises as `crawl` does.

    That this was done is recorded where a feed answered: without a network, what is shown is not fresh.
    """
    summary = crawl_feeds(settings, EngineStore(engine), progress)
    if summary.count(Outcome.OK, Outcome.NOT_MODIFIED):
        with writing(engine) as connection:
            record_run(connection, "crawl", datetime.now(UTC))
    return summary


def waiting(engine: Engine, model_version: str, days: int = SHOWN_DAYS) -> int:
    """How many headlines `score_window` would score now: the length of its progress."""
    with reading(engine) as connection:
        return count_unscored(connection, model_version, datetime.now(UTC) - timedelta(days=days))


def score_window(
    engine: Engine,
    scorer: Scorer,
    days: int = SHOWN_DAYS,
    progress: Callable[[int], object] = lambda scored: None,
) -> int:
    """Score what a version has not scored of the last `days` days, then show this version; return how many it scored.

    An earlier version stays shown until all of the window has a score, so nobody sees a barometer of half the news.

    Raises:
        ValueError: as `score_titles` does; then the version shown stays as it was.
    """
    since = datetime.now(UTC) - timedelta(days=days)
    scored = score_titles(engine, scorer, since=since, progress=progress)
    with writing(engine) as connection:
        now = datetime.now(UTC)
        # When a version was activated tells when the one before it was last shown: so once, not with every run.
        if active_version(connection) != scorer.version:
            activate_version(connection, scorer.version, now, _spread(scorer))
        record_run(connection, "score", now)
    return scored


def _spread(scorer: Scorer) -> Spread | None:
    known = scorer.prevalence
    return None if known.variance is None else Spread(known.variance, known.bias_variance)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept; None is for ever.

    Attributes:
        dropped: titles that a filter dropped, from when they were last seen.
        titles: headlines and their scores, from publication; labelled ones are always kept.
        versions: the scores of a model version, from when it gave way to another.
    """

    dropped: timedelta = KEEP_DROPPED
    titles: timedelta | None = None
    versions: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CleanUp:
    """What a clean-up found and deleted, in rows; `wrong_rollups` were mended and should be none."""

    wrong_rollups: int
    dropped: int
    claims: int
    titles: int
    predictions: int


def clean_up(engine: Engine, retention: Retention, now: datetime) -> CleanUp:
    """Delete what is kept no longer, then compute the roll-ups of the version shown anew; `now` has a zone.

    Each part is a transaction of its own, so that scorers and crawlers wait for one part at most; killed anywhere and
    run again, it does the rest.
    """
    with writing(engine) as connection:
        dropped = delete_dropped(connection, now, retention.dropped)
        claims = forget_stale_claims(connection, now)
    titles = _delete_titles(engine, retention.titles, now)
    predictions = _forget_versions(engine, retention.versions, now)
    with writing(engine) as connection:
        version = active_version(connection)
        wrong = 0 if version is None else rebuild_rollups(connection, version)
        record_run(connection, "clean_up", now)
    return CleanUp(wrong, dropped, claims, titles, predictions)


def _delete_titles(engine: Engine, keep: timedelta | None, now: datetime) -> int:
    if keep is None:
        return 0
    with writing(engine) as connection:
        return delete_titles_before(connection, now - keep)


def _forget_versions(engine: Engine, keep: timedelta | None, now: datetime) -> int:
    if keep is None:
        return 0
    with reading(engine) as connection:
        gone = versions_shown_before(connection, now - keep)
    forgotten = 0
    for version in gone:
        with writing(engine) as connection:
            # Somebody scores with it again, perhaps to go back to it.
            if next_lease_end(connection, version, now) is None:
                forgotten += forget_version(connection, version)
    return forgotten


def clean_up_lines(done: CleanUp) -> Iterable[str]:
    """One line for each thing that was done."""
    yield f"roll-ups mended: {done.wrong_rollups:,}"
    yield f"dropped titles forgotten: {done.dropped:,}"
    yield f"stale claims forgotten: {done.claims:,}"
    yield f"old headlines deleted: {done.titles:,}"
    yield f"scores of old model versions deleted: {done.predictions:,}"
