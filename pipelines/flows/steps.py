"""The steps of production, each a plain function that opens what it needs, safe to run twice at once.

A step that was killed is simply run again: the store knows what is done, and nothing else has to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from barometer.live import refresh as live
from barometer.live.alerts.run import Round, run_alerts
from barometer.live.alerts.settings import load_alerts
from barometer.live.annotation.sampling import Choose, Draw, sample_titles
from barometer.live.crawl import Progress
from barometer.live.refresh import crawl_news, score_window
from barometer.live.settings import FeedsSettings, load_feeds
from barometer.live.store.engine import reading, writing
from barometer.live.store.standing import active_version, record_run
from barometer.live.store.upgrade import opened_store
from barometer.live.summary import CrawlSummary
from barometer.predictor import Predictor
from barometer.query.selection import select
from barometer.scoring import scorer_of
from pipelines.flows.settings import Production, ProductionError


class NoFeedAnsweredError(ProductionError):
    """Every feed of a crawl failed, so the network or the list of feeds needs a person, not a single feed."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Counts of a refresh: new, scored and sampled headlines, and feeds that failed, were due, and were read."""

    new: int
    scored: int
    sampled: int
    feeds_failed: int
    feeds_due: int
    feeds_read: int


def crawl(
    work: Production, feeds: FeedsSettings | None = None, progress: Progress = lambda report: None
) -> CrawlSummary:
    """Fetch the feeds that are due (by default those of the settings file), and store their news."""
    with opened_store(work.database) as engine:
        return crawl_news(engine, feeds or load_feeds(work.settings.feeds), progress)


def score(work: Production, progress: Callable[[int], object] = lambda scored: None) -> int:
    """Score what the model has not scored within the window, then activate it; return how many it scored.

    The artifact is loaded again each time, so that a replaced model takes effect.
    """
    scorer = scorer_of(Predictor.load(work.model))
    with opened_store(work.database) as engine:
        return score_window(engine, scorer, work.settings.refresh.score_days, progress)


def sample(work: Production) -> list[int]:
    """Mark headlines for annotation; return their ids, most wanted first; none before anything was scored."""
    settings = work.settings.sample
    rng = np.random.default_rng(settings.seed)
    with opened_store(work.database) as engine:
        with reading(engine) as connection:
            version = active_version(connection)
        if version is None:
            return []
        now = datetime.now(UTC)
        since = now - timedelta(days=settings.days)
        # Another draw each time: the same one would fall on the same ranks of every list of candidates.
        drawer = np.random.default_rng([settings.seed, int(now.timestamp())])
        draw = Draw(round(settings.k * settings.random_share), drawer, work.settings.annotation.most_open)
        choose: Choose = lambda p, k: select(settings.strategy, p, k, rng)  # noqa: E731 - a type for its arguments
        sampled = sample_titles(engine, version, choose, settings.k, since, draw)
        with writing(engine) as connection:
            record_run(connection, "sample", now)
    return sampled


def alerts(work: Production) -> Round | None:
    """Look at the alerts and deliver what is due; None where there is no file of alerts at the default place.

    Raises:
        SettingsError, StoreError: for the file of alerts and the store; no channel that fails raises.
    """
    if not work.settings.alerts.present:
        return None
    settings = load_alerts(work.settings.alerts.config)
    with opened_store(work.database) as engine:
        return run_alerts(engine, settings, work.environment)


def clean_up(work: Production) -> live.CleanUp:
    """Repair the roll-ups and delete expired rows."""
    with opened_store(work.database) as engine:
        return live.clean_up(engine, work.settings.clean_up.retention, datetime.now(UTC))


def refreshed(summary: CrawlSummary, scored: int, sampled: int) -> Refreshed:
    """Summarise a refresh, after its last step.

    Raises:
        NoFeedAnsweredError: if there are feeds and each of them failed, is parked or retired. Headlines that other
            runs stored were scored nevertheless.
    """
    if summary.all_failed:
        raise NoFeedAnsweredError(f"none of {summary.failed} feeds answered; the first: {summary.feeds[0].reason}")
    return Refreshed(summary.new, scored, sampled, summary.failed, summary.due, summary.read)
