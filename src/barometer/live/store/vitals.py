"""What operators watch: the work that waits, the last runs, the feeds. Each query is short whatever the store holds."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from barometer.live.records import FeedStatus, Vitals
from barometer.live.store.claims import count_unscored
from barometer.live.store.schema import feeds, runs
from barometer.live.store.search import newest_pub_time

FAILING = "failing"
FEED_STATES = (FeedStatus.ACTIVE.value, FAILING, FeedStatus.PARKED.value, FeedStatus.RETIRED.value)
RECENT = timedelta(days=7)
MOST = 10_000  # more than the schedule brings in a week's outage is the same alarm
# A feed that is still configured is polled again within hours of being due, so an older state is of a removed one.
_FORGOTTEN = timedelta(days=2)


def read_vitals(connection: Connection, model_version: str | None, now: datetime) -> Vitals:
    """What operators watch at `now` (UTC); `model_version` is the active one.

    Headlines without a score are counted among those of the last seven days, up to 10,000.
    """
    finished = connection.execute(select(runs.c.step, runs.c.finished_at)).all()
    steps = {row.step: row.finished_at for row in finished}
    if model_version is None:
        return Vitals(None, None, steps, feed_counts(connection, now))
    unscored = count_unscored(connection, model_version, now - RECENT, at_most=MOST)
    return Vitals(newest_pub_time(connection, model_version), unscored, steps, feed_counts(connection, now))


def feed_counts(connection: Connection, now: datetime) -> dict[str, int]:
    """How many feeds are in each of `FEED_STATES`; those that were not due in the last two days are left out."""
    failed = feeds.c.failures > 0
    known = or_(feeds.c.next_poll_at > now - _FORGOTTEN, feeds.c.state == FeedStatus.RETIRED.value)
    rows = select(feeds.c.state, failed.label("failed"), func.count().label("n")).where(known)
    found = dict.fromkeys(FEED_STATES, 0)
    for row in connection.execute(rows.group_by(feeds.c.state, failed)):
        active = row.state == FeedStatus.ACTIVE.value
        found[FAILING if active and row.failed else row.state] += row.n
    return found
