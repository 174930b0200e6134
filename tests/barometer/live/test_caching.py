from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.backoff import fresh_for, retry_after

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
def test_retry_after_is_seconds_or_a_date(value: str, seconds: int) -> None:
    assert retry_after({"retry-after": value}, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "٣"])
def test_a_broken_retry_after_asks_nothing(value: str) -> None:
    assert retry_after({"retry-after": value}, NOW) is None


@given(st.text(max_size=60) | st.integers(0, 10**5000).map(lambda n: f"max-age={n % 10**60}"))
def test_no_header_breaks_the_reading(value: str) -> None:
    assert fresh_for({"cache-control": value, "expires": value, "age": value}, NOW) >= timedelta(0)
    wait = retry_after({"retry-after": value}, NOW)
    assert wait is None or wait >= timedelta(0)
