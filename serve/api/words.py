"""Windows, ages, counts and the barometer itself in words, for pages and embeds alike."""

from datetime import datetime, timedelta

from serve.api.data_schemas import Barometer, Reading


def window_words(hours: int) -> str:
    """A window up to now: `last hour`, `last 24 hours`, `last 7 days`."""
    if hours == 1:
        return "last hour"
    return f"last {hours} hours" if hours <= 48 or hours % 24 else f"last {hours // 24} days"


def age_words(age: timedelta) -> str:
    """How long ago something was, in its largest unit: `just now`, `12 min ago`, `3 h ago`, `2 days ago`.

    A clock that is ahead makes it `just now`.
    """
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} days ago"


def count_words(count: int) -> str:
    """A number of headlines."""
    return "1 headline" if count == 1 else f"{count:,} headlines"


def moment_words(moment: datetime) -> str:
    """A moment in UTC, to the minute: `17 May 2024, 08:30 UTC`."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def summary(found: Barometer, hours: int, coin: str) -> str:
    """The barometer as a sentence without its full stop, for those who do not see it."""
    subject = f"Crypto news barometer{f' for {coin}' if coin else ''}, {window_words(hours)}"
    if found.score is None:
        return f"{subject}: no data"
    low, high = interval_points(found)
    stale = ", stale" if found.stale else ""
    number = f"{round(found.score)} of 100 ({found.standing.words.lower()}), 95 % interval {low} to {high}"
    return f"{subject}: {number}, {count_words(found.count)}{stale}"


def interval_points(found: Reading) -> tuple[int, int]:
    """The ends of the 95 % interval as scores, 0 to 100; 0 and 100 where there is no headline."""
    low, high = found.interval.low, found.interval.high
    return round(100 * (0 if low is None else low)), round(100 * (1 if high is None else high))
