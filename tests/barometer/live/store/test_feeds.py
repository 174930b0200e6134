from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from barometer.live.records import FeedState, FeedStatus
from barometer.live.store.engine import reading, writing
from barometer.live.store.feeds import claim_feed, read_feeds, save_feeds

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
FULL = FeedState(
    "https://example.org/feed", 'W/"é-1"', "Fri, 17 May 2024 08:30:00 GMT", NOW, 3, FeedStatus.PARKED, "timed out",
    "https://example.org/new",
)  # fmt: skip


def test_what_is_remembered_comes_back_as_it_was(database: Engine) -> None:
    fresh = FeedState("https://example.com/rss")
    with writing(database) as connection:
        save_feeds(connection, [FULL, fresh])
        save_feeds(connection, [])
    with reading(database) as connection:
        assert read_feeds(connection) == {FULL.url: FULL, fresh.url: fresh}
        assert read_feeds(connection, [FULL.url, "https://unknown.example"]) == {FULL.url: FULL}
        assert read_feeds(connection, []) == {}


def test_a_new_state_replaces_the_old_one_entirely(database: Engine) -> None:
    retired = FeedState(FULL.url, state=FeedStatus.RETIRED)
    with writing(database) as connection:
        save_feeds(connection, [FULL])
        save_feeds(connection, [replace(FULL, failures=4), retired])
        assert read_feeds(connection) == {FULL.url: retired}


def test_of_two_runs_one_may_ask_a_feed(database: Engine) -> None:
    later = FeedState(FULL.url, next_poll_at=NOW + timedelta(hours=1))
    with writing(database) as connection:
        assert claim_feed(connection, later, NOW)  # a feed that nobody knows
        assert not claim_feed(connection, later, NOW)
        save_feeds(connection, [FULL])
        assert claim_feed(connection, later, NOW)
        assert read_feeds(connection) == {FULL.url: replace(FULL, next_poll_at=later.next_poll_at)}
        save_feeds(connection, [FeedState(FULL.url, state=FeedStatus.RETIRED)])
        assert not claim_feed(connection, later, NOW)


def test_the_tables_know_what_states_there_are(database: Engine) -> None:
    with pytest.raises(IntegrityError, match="ck_feeds_state"), writing(database) as connection:
        connection.execute(text("INSERT INTO feeds (url, failures, state) VALUES ('u', 0, 'asleep')"))
