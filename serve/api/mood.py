"""What the barometer looks like outside of the app: the colour and name of a score, and windows and ages in words."""

from datetime import datetime, timedelta

from barometer.labels import Label
from serve.api.data_schemas import Barometer, Reading

# White text on the first, and the second on near black, have a contrast of 4.5:1 or more.
CLASS_COLOURS: dict[Label, tuple[str, str]] = {
    Label.NEGATIVE: ("#c2410c", "#fb923c"),
    Label.NEUTRAL: ("#64748b", "#94a3b8"),
    Label.POSITIVE: ("#0f766e", "#2dd4bf"),
}
NEGATIVE_BELOW, POSITIVE_ABOVE = 40, 60


def mood(score: float) -> Label:
    """The class that a score, 0 to 100, is called after: Negative below 40, Positive above 60, Neutral between."""
    if score < NEGATIVE_BELOW:
        return Label.NEGATIVE
    return Label.POSITIVE if score > POSITIVE_ABOVE else Label.NEUTRAL


def window_words(hours: int) -> str:
    """A window up to now: `last hour`, `last 24 hours`, `last 7 days`."""
    if hours == 1:
        return "last hour"
    return f"last {hours} hours" if hours <= 48 or hours % 24 else f"last {hours // 24} days"


def age_words(age: timedelta) -> str:
    """How long ago something was, in its largest unit: `just now`, `12 min ago`, `3 h ago`, `2 days ago`."""
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
    number = f"{round(found.score)} of 100 ({mood(found.score).title.lower()}), 95 % interval {low} to {high}"
    return f"{subject}: {number}, {count_words(found.count)}{stale}"


def interval_points(found: Reading) -> tuple[int, int]:
    """The ends of the 95 % interval as scores, 0 to 100; 0 and 100 where there is no headline."""
    low, high = found.interval.low, found.interval.high
    return round(100 * (0 if low is None else low)), round(100 * (1 if high is None else high))
