"""What a response says about when to ask again: Cache-Control and Expires (RFC 9111), Retry-After (RFC 9110)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Longer than any wait that the settings allow, and far from overflowing a date.
_LONGEST = timedelta(days=3650)


def http_date(value: str) -> datetime | None:
    """Return the moment that an HTTP date names, in UTC, or None where it names none."""
    try:
        moment = parsedate_to_datetime(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return how long a response stays fresh: `max-age` less `Age`, else `Expires`, else nothing.

    `no-cache` and `no-store` mean nothing; a broken value is passed over.
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
    """Return how long `Retry-After` asks to wait, given in seconds or as a date; None where it asks nothing."""
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
    # A number of many digits means "for ever"; int() itself refuses thousands of them.
    return min(timedelta(seconds=int(text[:12])), _LONGEST) if len(text) <= 12 else _LONGEST
