"""A reading in words, for terminals and messages."""

from barometer.live.records import BarometerReading


def reading_words(found: BarometerReading) -> str:
    """A reading from 0 to 100: `47.0 of 100 (95% interval 42.1 to 51.9), 118 headlines`, or `no data`."""
    if found.value is None or found.low is None or found.high is None:
        return "no data"
    value, low, high = (f"{100 * share:.1f}" for share in (found.value, found.low, found.high))
    return f"{value} of 100 (95% interval {low} to {high}), {count_words(found.count)}"


def count_words(count: int) -> str:
    """A number of headlines: `1 headline`, `1,204 headlines`."""
    return "1 headline" if count == 1 else f"{count:,} headlines"


def span_words(hours: float) -> str:
    """A length of time: `1 hour`, `24 hours`, `7 days`."""
    if hours == 1:
        return "1 hour"
    return f"{hours:g} hours" if hours <= 48 or hours % 24 else f"{hours / 24:g} days"
