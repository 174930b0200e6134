"""When a feed is polled next: caching headers, Retry-After and back-off. Times are UTC."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from barometer.headline import normalise_title
from barometer.live.records import FeedState, FeedStatus
from barometer.live.settings import PollSettings

# Longer than any wait that the settings allow, and far from overflowing a date.
_LONGEST = timedelta(days=3650)


def http_date(value: str) -> datetime | None:
    """Return an HTTP date in UTC, or None if it is not valid."""
    try:
        moment = parsedate_to_datetime(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return how long a response stays fresh (RFC 9111): `max-age` less `Age`, else until `Expires`, else 0.

    `no-cache` and `no-store` mean 0; a broken value is ignored.
    """
    directives = _directives(headers.get("cache-control", ""))
    if "no-cache" in directives or "no-store" in directives:
        return timedelta(0)
    max_age = _seconds(directives.get("max-age", ""))
    if max_age is not None:
        age = _seconds(headers.get("age", "")) or timedelta(0)
        return max(max_age - age, timedelta(0))
    expires = http_date(headers.get("expires", ""))
    return max(expires - now, timedelta(0)) if expires else timedelta(0)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the wait of a `Retry-After` header (RFC 9110), in seconds or as a date; None without one."""
    value = headers.get("retry-after", "")
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    moment = http_date(value)
    return max(moment - now, timedelta(0)) if moment else None


def _directives(value: str) -> dict[str, str]:
    parts = (part.partition("=") for part in value.split(","))
    return {name.strip().lower(): argument.strip().strip('"') for name, _, argument in parts}


def _seconds(value: str) -> timedelta | None:
    text = value.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    # A number of many digits means for ever; int() refuses thousands of digits.
    return min(timedelta(seconds=int(text[:12])), _LONGEST) if len(text) <= 12 else _LONGEST


_LONGEST_ERROR = 300


def is_due(state: FeedState, now: datetime) -> bool:
    """Whether a feed may be polled now; a parked one may after its long wait, a retired one never."""
    if state.state is FeedStatus.RETIRED:
        return False
    return state.next_poll_at is None or state.next_poll_at <= now


def is_held(state: FeedState, now: datetime) -> bool:
    """Whether a feed is due, but a crawl that is reading it, or was killed while it did, has a lease on it."""
    return is_due(state, now) and state.leased_until is not None and state.leased_until > now


def claimed(state: FeedState, now: datetime, settings: PollSettings) -> FeedState:
    """Return the state to store before the request: leased, and still due should this run be killed."""
    return replace(state, leased_until=now + timedelta(seconds=settings.lease_seconds))


def validators(state: FeedState, now: datetime, settings: PollSettings) -> tuple[str | None, str | None]:
    """Return the ETag and Last-Modified to send, both None if the last full answer is `revalidate_days` old.

    Some servers answer 304 for ever, whatever has changed.
    """
    oldest = now - timedelta(days=settings.revalidate_days)
    if state.full_at is None or state.full_at <= oldest:
        return None, None
    return state.etag, state.last_modified


def after_success(
    state: FeedState, headers: Mapping[str, str], moved_to: str | None, now: datetime, settings: PollSettings
) -> FeedState:
    """Return the state after a valid feed: its validators byte for byte, its new address, no failures."""
    return FeedState(
        url=state.url,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        next_poll_at=now + _wait(headers, now, settings),
        moved_to=moved_to,
        full_at=now,
    )


def after_not_modified(
    state: FeedState, headers: Mapping[str, str], now: datetime, settings: PollSettings
) -> FeedState:
    """Return the state after a 304: a new time for the next poll, and no failures."""
    return replace(
        state,
        next_poll_at=now + _wait(headers, now, settings),
        failures=0,
        state=FeedStatus.ACTIVE,
        last_error=None,
        leased_until=None,
    )


def after_failure(
    state: FeedState, error: str, headers: Mapping[str, str], status: int | None, now: datetime, settings: PollSettings
) -> FeedState:
    """Return the state after a failure: a wait that doubles each time, and parked after `park_after` in a row.

    410 Gone retires the feed. 429 Too Many Requests with a `Retry-After`, be it 0, does not count as a failure, and the
    wait is what it asks for, at least the poll interval.
    """
    state = replace(state, leased_until=None)
    reason = normalise_title(error)[
        :_LONGEST_ERROR
    ]  # part of it comes from servers, and databases refuse some characters
    if status == 410:
        gone = replace(state, state=FeedStatus.RETIRED, next_poll_at=None)
        return replace(gone, failures=state.failures + 1, last_error=reason)
    asked = retry_after(headers, now)
    told = status == 429 and asked is not None
    failures = state.failures + (0 if told else 1)
    parked = failures >= settings.park_after
    wait = timedelta(minutes=settings.interval_minutes) if told else _backoff(failures, settings)
    if parked:
        wait = timedelta(hours=settings.parked_hours)
    if asked is not None:
        wait = max(wait, min(asked, timedelta(hours=settings.max_retry_after_hours)))
    after = replace(state, failures=failures, last_error=reason, next_poll_at=now + wait)
    if parked:
        # The next try starts over, at the configured address.
        return replace(after, state=FeedStatus.PARKED, moved_to=None, etag=None, last_modified=None)
    return after


def _wait(headers: Mapping[str, str], now: datetime, settings: PollSettings) -> timedelta:
    cache = min(fresh_for(headers, now), timedelta(hours=settings.max_cache_hours))
    return max(cache, timedelta(minutes=settings.interval_minutes))


def _backoff(failures: int, settings: PollSettings) -> timedelta:
    """Return `backoff_minutes` times 2 to the number of earlier failures, bounded; at least the poll interval."""
    doubled = timedelta(minutes=settings.backoff_minutes * 2.0 ** min(max(failures - 1, 0), 20))
    bounded = min(doubled, timedelta(hours=settings.max_backoff_hours))
    return max(bounded, timedelta(minutes=settings.interval_minutes))
