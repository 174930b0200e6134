"""What holds for the next poll whatever a feed answers."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from barometer.live.backoff import after_failure, after_not_modified, after_success, claimed, is_due
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import PollSettings

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
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
def test_no_answer_brings_the_next_poll_sooner_than_the_interval_or_later_than_a_week(
    state: FeedState, headers: dict[str, str], status: int | None
) -> None:
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
def test_an_error_is_one_short_line_that_databases_take(error: str) -> None:
    kept = after_failure(FeedState("https://example.org"), error, {}, None, NOW, POLL).last_error
    assert kept is not None
    assert len(kept) <= 300
    assert not set(kept) & set("\0\n\r")
