"""Feeds listed, revived and dropped in a real store, also while a crawl reads them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from barometer.live.feed_states import BY_HAND, FeedChoiceError, drop_feeds, list_feeds, revive_feeds
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import FeedAddress, FeedsSettings
from barometer.live.store.engine import reading, writing
from barometer.live.store.feeds import claim_feed, read_feeds, save_feeds

NOW = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)
NEW, ACTIVE, PARKED, RETIRED = (f"https://example.org/{name}" for name in ("new", "active", "parked", "retired"))
CONF = FeedsSettings(addresses=tuple(FeedAddress(url=url) for url in (PARKED, NEW, ACTIVE)))
STATES = {
    ACTIVE: FeedState(ACTIVE, "etag", None, NOW + timedelta(hours=1), 2, last_error="timed out"),
    PARKED: FeedState(PARKED, None, None, NOW + timedelta(days=7), 9, FeedStatus.PARKED, "404"),
    RETIRED: FeedState(RETIRED, failures=1, state=FeedStatus.RETIRED, last_error="410"),
}
Change = Callable[..., list[str]]


@pytest.fixture
def store(database: Engine) -> Engine:
    with writing(database) as connection:
        save_feeds(connection, STATES.values())
    return database


def states(engine: Engine) -> dict[str, FeedState]:
    with reading(engine) as connection:
        return read_feeds(connection)


def test_configured_and_stored_are_listed(store: Engine) -> None:
    with reading(store) as connection:
        found = list_feeds(connection, CONF)
        retired = list_feeds(connection, CONF, FeedStatus.RETIRED)
    assert [feed.state for feed in found] == [STATES[PARKED], FeedState(NEW), STATES[ACTIVE], STATES[RETIRED]]
    assert [feed.configured for feed in found] == [True, True, True, False]
    assert retired == found[3:]


def test_revived_feeds_are_due_now(store: Engine) -> None:
    with writing(store) as connection:
        lines = revive_feeds(connection, CONF, [RETIRED, ACTIVE, PARKED, PARKED], NOW)
        assert claim_feed(connection, FeedState(RETIRED, leased_until=NOW + timedelta(minutes=1)), NOW)
    assert lines == [f"revived: {RETIRED}", f"active already: {ACTIVE}", f"revived: {PARKED}"]
    assert states(store)[PARKED] == FeedState(PARKED, next_poll_at=NOW)
    assert states(store)[ACTIVE] == STATES[ACTIVE]


def test_dropped_feeds_are_never_claimed(store: Engine) -> None:
    with writing(store) as connection:
        lines = drop_feeds(connection, CONF, [NEW, ACTIVE, RETIRED], NOW)
        for url in (NEW, ACTIVE):
            assert not claim_feed(connection, FeedState(url, leased_until=NOW), NOW + timedelta(days=9))
    assert lines == [f"dropped: {NEW}", f"dropped: {ACTIVE}", f"retired already: {RETIRED}"]
    assert states(store)[NEW] == FeedState(NEW, state=FeedStatus.RETIRED, last_error=BY_HAND)
    assert states(store)[RETIRED] == STATES[RETIRED]


@pytest.mark.parametrize("change", [revive_feeds, drop_feeds])
def test_refusal_changes_nothing(store: Engine, change: Change) -> None:
    leased = replace(STATES[ACTIVE], leased_until=NOW + timedelta(minutes=1))
    broken = "https://a.example/" + "x" * 3000
    with writing(store) as connection:
        save_feeds(connection, [leased])
    conf = FeedsSettings(addresses=(*CONF.addresses, FeedAddress(url=broken)))
    reasons = {
        "https://other.example": "unknown feed 'https://other.example'; `barometer feeds list`",
        ACTIVE: f"a crawl is reading '{ACTIVE}'; try again after 08:31:00 UTC",
        broken: "address longer than 2,000 bytes",
    }
    for url, reason in reasons.items():
        with pytest.raises(FeedChoiceError, match=reason), writing(store) as connection:
            change(connection, conf, [PARKED, NEW, url], NOW)
    assert states(store) == STATES | {ACTIVE: leased}
    with writing(store) as connection:  # the crawl is dead
        assert change(connection, conf, [ACTIVE], NOW + timedelta(minutes=1))
