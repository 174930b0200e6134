"""Work for scorers: headlines without a prediction are queued, leased in batches, and free again if a lease ends.

`enqueue_unscored` compares headlines with predictions, so a lost queue costs nothing. `predictions.save_predictions`
takes scored headlines off the queue. Leases use the callers' clocks, so a lease must be longer than these may differ.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, Exists, Select, Table, delete, exists, func, literal, or_, select, update

from barometer.live.records import Claim
from barometer.live.store.dialects import chunks, insert, lift_time_limit
from barometer.live.store.marks import Pruning
from barometer.live.store.schema import model_predictions, news_titles, score_queue

# Many times the time of a batch, yet a short wait for the work of a scorer that died.
LEASE = timedelta(minutes=2)
# After this long, no scorer is left that would take over the work of a dead one.
STALE = timedelta(days=1)


def enqueue_unscored(connection: Connection, model_version: str, since: datetime | None = None) -> int:
    """Queue the headlines published at or after `since` (all, if None) that a version has not scored; return how many.

    Those already queued keep their lease, and those scored meanwhile leave the queue.
    """
    lift_time_limit(connection)
    scored = _scored(model_version, score_queue)
    connection.execute(delete(score_queue).where(score_queue.c.model_version == model_version, scored))
    missing = _unscored(model_version, since)
    columns = ["model_version", "title_id", "pub_time"]
    statement = insert(connection, score_queue).from_select(columns, missing, include_defaults=False)
    counted = {"preserve_rowcount": True}
    return connection.execute(statement.on_conflict_do_nothing(), execution_options=counted).rowcount


def count_unscored(
    connection: Connection, model_version: str, since: datetime | None = None, at_most: int | None = None
) -> int:
    """How many headlines published at or after `since` (all, if None) a version has not scored; counts to `at_most`."""
    missing = _unscored(model_version, since).limit(at_most).subquery()
    return connection.execute(select(func.count()).select_from(missing)).scalar_one()


def _unscored(model_version: str, since: datetime | None) -> Select[str, int, datetime]:
    scored = _scored(model_version, news_titles)
    current = news_titles.c.superseded_by.is_(None)
    missing = select(literal(model_version), news_titles.c.title_id, news_titles.c.pub_time)
    if since is None:
        return missing.where(current, ~scored)
    scored = scored.where(Pruning(model_predictions.c.pub_time >= since))
    return missing.where(current, ~scored, news_titles.c.pub_time >= since)


def _scored(model_version: str, titles: Table) -> Exists:
    columns = model_predictions.c
    same_time = Pruning(columns.pub_time == titles.c.pub_time)
    return exists().where(columns.title_id == titles.c.title_id, columns.model_version == model_version, same_time)


def queued_since(connection: Connection, model_version: str) -> datetime | None:
    """When the oldest queued headline was published, in UTC; None without any."""
    oldest = select(func.min(score_queue.c.pub_time)).where(score_queue.c.model_version == model_version)
    moment: datetime | None = connection.execute(oldest).scalar_one()
    return moment


def claim_titles(
    connection: Connection, model_version: str, limit: int, now: datetime, lease: timedelta = LEASE
) -> Claim:
    """Lease up to `limit` queued headlines, newest first; an empty claim means that there is nothing to do now.

    Commit before scoring, so that others see the lease. PostgreSQL skips the rows that another scorer is claiming at
    the same moment; SQLite allows one claim at a time.
    """
    token, until = uuid4().hex, now + lease
    free = or_(score_queue.c.leased_until.is_(None), score_queue.c.leased_until <= now)
    # A row may be queued between the check for its prediction and the save of it: then it is done.
    scored = _scored(model_version, score_queue)
    rows = (
        select(score_queue.c.title_id, news_titles.c.title)
        .join(news_titles, news_titles.c.title_id == score_queue.c.title_id)
        .where(score_queue.c.model_version == model_version, free, ~scored)
        .order_by(score_queue.c.pub_time.desc())
        .limit(limit)
        .with_for_update(skip_locked=True, of=score_queue)
    )
    titles = {row.title_id: row.title for row in connection.execute(rows)}
    for chunk in chunks(titles):
        _lease(connection, model_version, chunk, token, until)
    return Claim(token, titles, until)


def _lease(connection: Connection, model_version: str, title_ids: Sequence[int], token: str, until: datetime) -> None:
    mine = (score_queue.c.model_version == model_version) & score_queue.c.title_id.in_(title_ids)
    connection.execute(update(score_queue).where(mine).values(token=token, leased_until=until))


def release_claim(connection: Connection, token: str) -> int:
    """Release the headlines that a claim has not delivered, when a scorer stops; return how many."""
    mine = update(score_queue).where(score_queue.c.token == token)
    return connection.execute(mine.values(token=None, leased_until=None)).rowcount


def forget_stale_claims(connection: Connection, now: datetime, age: timedelta = STALE) -> int:
    """Delete queue entries whose lease ended more than `age` ago; return how many.

    They belong to versions that are no longer used; scoring with one queues its headlines again.
    """
    stale = score_queue.c.leased_until < now - age
    return connection.execute(delete(score_queue).where(stale)).rowcount


def next_lease_end(connection: Connection, model_version: str, now: datetime) -> datetime | None:
    """When the first active lease ends, in UTC; None without any."""
    ends = select(func.min(score_queue.c.leased_until)).where(
        score_queue.c.model_version == model_version, score_queue.c.leased_until > now
    )
    end: datetime | None = connection.execute(ends).scalar_one()
    return end
