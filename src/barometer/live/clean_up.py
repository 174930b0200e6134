"""What a store needs now and then: roll-ups checked against their headlines, and what has served its time deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from barometer.live.store.claims import forget_stale_claims, next_lease_end
from barometer.live.store.engine import reading, writing
from barometer.live.store.predictions import forget_version
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.runs import record_run
from barometer.live.store.titles import KEEP_DROPPED, delete_dropped, delete_titles_before
from barometer.live.store.versions import active_version, versions_shown_before


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
