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
    is_held,
    retry_after,
    validators,
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
    leased_until=st.just(NOW),
    etag=st.none() | st.text(max_size=5),
    failures=st.integers(0, 2000),
    state=st.sampled_from([FeedStatus.ACTIVE, FeedStatus.PARKED]),
)


@given(STATES, HEADERS, st.sampled_from([None, 404, 429, 500, 503]))
def test_next_poll_stays_within_bounds(state: FeedState, headers: dict[str, str], status: int | None) -> None:
    answers = [
        after_success(state, headers, None, NOW, POLL),
        after_not_modified(state, headers, NOW, POLL),
        after_failure(state, "because", headers, status, NOW, POLL),
    ]
    for after in answers:
        assert after.next_poll_at is not None
        assert timedelta(minutes=45) <= after.next_poll_at - NOW <= timedelta(days=7)
        assert after.leased_until is None
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


def test_a_claim_holds_but_postpones_nothing() -> None:
    state = FeedState("https://example.org", next_poll_at=NOW)
    held = claimed(state, NOW, PollSettings(lease_seconds=90))
    assert (held.leased_until, held.next_poll_at) == (NOW + timedelta(seconds=90), NOW)
    assert is_held(held, NOW + timedelta(seconds=89)) and not is_held(held, NOW + timedelta(seconds=90))
    assert is_due(held, NOW + timedelta(seconds=90))
    assert not is_held(state, NOW)


@pytest.mark.parametrize("value", ["0", "Mon, 17 Aug 2026 12:00:00 GMT", "Sun, 16 Aug 2026 12:00:00 GMT"])
@pytest.mark.parametrize("before", [0, 3, 7])
def test_retry_at_once_is_no_failure(value: str, before: int) -> None:
    poll = PollSettings(interval_minutes=20, backoff_minutes=90, park_after=8)
    state = FeedState("https://example.org", etag='"a"', failures=before)
    after = after_failure(state, "HTTP 429", {"retry-after": value}, 429, NOW, poll)
    assert (after.failures, after.state, after.etag) == (before, FeedStatus.ACTIVE, '"a"')
    assert after.next_poll_at == NOW + timedelta(minutes=20)
    busy = after_failure(FeedState("https://example.org"), "HTTP 503", {"retry-after": value}, 503, NOW, poll)
    assert (busy.failures, busy.next_poll_at) == (1, NOW + timedelta(minutes=90))


@pytest.mark.parametrize(
    ("age", "days", "kept"), [(6.9, 7, True), (7, 7, False), (29, 30, True), (0, 0, False), (None, 7, False)]
)
def test_old_validators_are_forgotten(age: float | None, days: float, kept: bool) -> None:
    full_at = None if age is None else NOW - timedelta(days=age)
    state = FeedState("https://example.org", etag='"a"', last_modified="yesterday", full_at=full_at)
    sent = validators(state, NOW, PollSettings(revalidate_days=days))
    assert sent == (('"a"', "yesterday") if kept else (None, None))


def test_only_a_full_answer_renews_trust() -> None:
    state = after_success(FeedState("https://example.org"), {"etag": '"a"'}, None, NOW, POLL)
    later = NOW + timedelta(days=3)
    assert after_not_modified(state, {}, later, POLL).full_at == state.full_at == NOW
    assert after_failure(state, "because", {}, None, later, POLL).full_at == NOW
    assert after_success(state, {}, None, later, POLL).full_at == later
