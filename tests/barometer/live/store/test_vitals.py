"""What operators watch, on a real database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from barometer.live.records import FeedState, FeedStatus, NewsTitle
from barometer.live.store.engine import reading, writing
from barometer.live.store.feeds import save_feeds
from barometer.live.store.standing import record_run
from barometer.live.store.titles import save_titles
from barometer.live.store.vitals import read_vitals

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_recent_unscored_headlines_are_counted(
    database: Engine, save_scored: Callable[..., list[int]], make_title: Callable[..., NewsTitle]
) -> None:
    save_scored(database, "shown", [(NOW - HOUR, 0.5, ())])
    save_scored(database, "older", [(NOW - 2 * HOUR, 0.5, ()), (NOW - 3 * HOUR, 0.5, ())])
    with writing(database) as connection:
        save_titles(connection, [make_title("A new one", NOW - DAY), make_title("An old one", NOW - 8 * DAY)])
    with reading(database) as connection:
        found = read_vitals(connection, "shown", NOW)
        assert (found.unscored, found.newest_pub_time) == (3, NOW - HOUR)
        assert read_vitals(connection, "older", NOW).unscored == 2
        before_any = read_vitals(connection, None, NOW)
        assert (before_any.unscored, before_any.newest_pub_time) == (None, None)


def test_feeds_are_counted_by_state(database: Engine) -> None:
    due = NOW + HOUR
    states = [
        FeedState("https://a.example/rss", next_poll_at=due),
        FeedState("https://b.example/rss", next_poll_at=NOW - DAY, failures=3),
        FeedState("https://c.example/rss", next_poll_at=due, failures=8, state=FeedStatus.PARKED),
        FeedState("https://d.example/rss", failures=1, state=FeedStatus.RETIRED),
        FeedState("https://removed.example/rss", next_poll_at=NOW - 3 * DAY, failures=5),
    ]
    with writing(database) as connection:
        save_feeds(connection, states)
        record_run(connection, "crawl", NOW - HOUR)
    with reading(database) as connection:
        found = read_vitals(connection, None, NOW)
    assert found.feeds == {"active": 1, "failing": 1, "parked": 1, "retired": 1}
    assert found.finished == {"crawl": NOW - HOUR}
