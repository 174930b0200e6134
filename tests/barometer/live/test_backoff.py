"""When a feed is polled next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.backoff import (
    after_failure,
    after_not_modified,
    after_success,
    claimed,
    fresh_for,
    is_due,
    retry_after,
)
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import PollSettings

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'public, Max-Age="600"', "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "900"}, 0),
        ({"cache-control": "no-store, max-age=600"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=abc", "expires": "Mon, 17 Aug 2026 12:10:00 GMT"}, 600),
        ({"expires": "Mon, 17 Aug 2026 14:10:00 +0200"}, 600),
        ({"expires": "0"}, 0),
        ({"expires": "Mon, 17 Aug 2020 12:10:00 GMT"}, 0),
        ({}, 0),
    ],
)
def test_freshness_is_read_from_headers(headers: dict[str, str], seconds: int) -> None:
    assert fresh_for(headers, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), (" 0 ", 0), ("Mon, 17 Aug 2026 12:01:00 GMT", 60), ("Sun, 16 Aug 2026 12:01:00 GMT", 0)],
)
def test_retry_after_in_seconds_or_date(value: str, seconds: int) -> None:
    assert retry_after({"retry-after": value}, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "٣"])
def test_a_broken_retry_after_asks_nothing(value: str) -> None:
    assert retry_after({"retry-after": value}, NOW) is None


@given(st.text(max_size=60) | st.integers(0, 10**5000).map(lambda n: f"max-age={n % 10**60}"))
def test_no_header_breaks_the_reading(value: str) -> None:
    assert fresh_for({"cache-control": value, "expires": value, "age": value}, NOW) >= timedelta(0)
    wait = retry_after({"retry-after": value}, NOW)
    assert wait is None or wait >= timedelta(0)


POLL = PollSettings(interval_minutes=45)
VALUES = st.one_of(st.integers(-10, 10**12).map(str), st.just("Mon, 17 Aug 2099 10:00:00 GMT"), st.text(max_size=20))
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "cache-control", "expires", "age"]), VALUES | VALUES.map(lambda v: f"max-age={v}")
)
STATES = st.builds(
    FeedState,
    url=st.just("https://example.org/feed"),
    etag=st.none() | st.text(max_size=5),
    failures=st.integers(0, 2000),
    state=st.sampled_from([FeedStatus.ACTIVE, FeedStatus.PARKED]),
)


@given(STATES, HEADERS, st.sampled_from([None, 404, 429, 500, 503]))
def test_next_poll_stays_within_bounds(state: FeedState, headers: dict[str, str], status: int | None) -> None:
    answers = [
        claimed(state, NOW, POLL),
        after_success(state, headers, None, NOW, POLL),
        after_not_modified(state, headers, NOW, POLL),
        after_failure(state, "because", headers, status, NOW, POLL),
    ]
    for after in answers:
        assert after.next_poll_at is not None
        assert timedelta(minutes=45) <= after.next_poll_at - NOW <= timedelta(days=7)
        assert not is_due(after, NOW + timedelta(minutes=44, seconds=59))
        assert is_due(after, NOW + timedelta(days=7))


@given(STATES, HEADERS)
def test_gone_is_gone(state: FeedState, headers: dict[str, str]) -> None:
    after = after_failure(state, "HTTP 410", headers, 410, NOW, POLL)
    assert after.state is FeedStatus.RETIRED
    assert not is_due(after, NOW + timedelta(days=10_000))


@given(st.text())
def test_error_is_one_storable_line(error: str) -> None:
    kept = after_failure(FeedState("https://example.org"), error, {}, None, NOW, POLL).last_error
    assert kept is not None
    assert len(kept) <= 300
    assert not set(kept) & set("\0\n\r")
