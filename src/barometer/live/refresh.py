"""The two steps that keep the barometer fresh, each complete in itself: ask the feeds, and score the window shown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from barometer.live.crawl import Progress, crawl_feeds
from barometer.live.crawl_store import EngineStore
from barometer.live.records import Spread
from barometer.live.score import Scorer, score_titles
from barometer.live.settings import FeedsSettings
from barometer.live.store.claims import count_unscored
from barometer.live.store.engine import reading, writing
from barometer.live.store.runs import record_run
from barometer.live.store.versions import activate_version, active_version
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
