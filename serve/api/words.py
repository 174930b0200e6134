"""The barometer in words: points, intervals, ages, and whether a window is more or less positive than usual."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from math import hypot

from barometer.labels import Label
from barometer.live.records import BarometerReading

# A window is compared with the period of this length before it.
USUAL_SPAN = timedelta(days=30)
# A period with fewer headlines than this does not define what is usual.
ENOUGH = 30
_MINUS = "\N{MINUS SIGN}"


class Standing(StrEnum):
    """How a window compares with the 30 days before it."""

    HIGHER = "higher"
    LOWER = "lower"
    USUAL = "usual"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """The standing as a short sentence without its full stop."""
        return _STANDINGS[self]

    @property
    def label(self) -> Label:
        """The class in whose colour it is shown."""
        return {Standing.HIGHER: Label.POSITIVE, Standing.LOWER: Label.NEGATIVE}.get(self, Label.NEUTRAL)


_STANDINGS = {
    Standing.HIGHER: "More positive than usual",
    Standing.LOWER: "Less positive than usual",
    Standing.USUAL: "About as usual",
    Standing.UNKNOWN: "Too little history for comparison",
}


def usual_of(before: BarometerReading) -> BarometerReading | None:
    """The reading of the 30 days before a window if it has enough headlines to define what is usual."""
    return before if before.count >= ENOUGH else None


def standing_of(now: BarometerReading, before: BarometerReading) -> Standing:
    """Compare a window with the 30 days before it; it differs only if its 95% interval excludes their mean.

    A fixed threshold would not do: a mean probability of 36 is low next to 50 and ordinary for crypto news.

    Args:
        now: the window; unknown if it has no headlines.
        before: the 30 days before it; unknown if they have fewer than 30 headlines.
    """
    usual = usual_of(before)
    if usual is None or usual.value is None or now.low is None or now.high is None:
        return Standing.UNKNOWN
    if now.low > usual.value:
        return Standing.HIGHER
    return Standing.LOWER if now.high < usual.value else Standing.USUAL


def points(share: float) -> str:
    """A share in [0, 1] on the scale of 0 to 100, to one decimal."""
    return f"{100 * share:.1f}"


def interval(reading: BarometerReading) -> str:
    """The 95% interval of a window, `30.2 to 43.3`; empty if it has no headlines."""
    if reading.low is None or reading.high is None:
        return ""
    return f"{points(reading.low)} to {points(reading.high)}"


def change(now: BarometerReading, before: BarometerReading) -> tuple[str, str]:
    """The change since an earlier window and its 95% margin: `▲ 3.2`, `± 4.1`; empty unless both have a value.

    The margin is that of the difference of two independent means: the root of the sum of their squared margins.
    """
    if now.value is None or before.value is None:
        return "", ""
    moved = round(100 * (now.value - before.value), 1)
    arrow = "▲" if moved > 0 else "▼" if moved < 0 else "="
    return f"{arrow} {abs(moved):.1f}", f"± {100 * hypot(_margin(now), _margin(before)):.1f}"


def _margin(reading: BarometerReading) -> float:
    return 0.0 if reading.low is None or reading.high is None else (reading.high - reading.low) / 2


def window_words(hours: int) -> str:
    """A window up to now: `last hour`, `last 24 hours`, `last 7 days`."""
    if hours == 1:
        return "last hour"
    return f"last {hours} hours" if hours <= 48 or hours % 24 else f"last {hours // 24} days"


def age_words(age: timedelta) -> str:
    """An age in its largest unit: `just now`, `12 min ago`, `3 h ago`, `2 days ago`; `just now` if negative."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} days ago"


def count_words(count: int) -> str:
    """A number of headlines: `1 headline`, `1,204 headlines`."""
    return "1 headline" if count == 1 else f"{count:,} headlines"


def day_words(moment: datetime) -> str:
    """The day of a moment in UTC: `17 May 2024`."""
    return f"{moment.day} {moment:%B %Y}"


def moment_words(moment: datetime) -> str:
    """A moment in UTC, to the minute: `17 May 2024, 08:30 UTC`."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def percents(probabilities: Sequence[float]) -> list[int]:
    """Probabilities that sum to 1 as whole percentages that sum to 100 (the largest remainder method)."""
    exact = [100 * probability for probability in probabilities]
    whole = [int(value) for value in exact]
    by_loss = sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])
    for i in by_loss[: 100 - sum(whole)]:
        whole[i] += 1
    return whole


def news_words(news: float, threshold: float) -> str:
    """How likely a headline is news, and what follows if it is below the threshold from which headlines count."""
    percent = f"{100 * news:.0f}%"
    return f"News: {percent}" if news >= threshold else f"Probably not news ({percent}): not counted"


def effect_words(effect: float) -> str:
    """A change of probability in percentage points, with its sign, or 0."""
    rounded = round(100 * effect)
    return f"{'+' if rounded > 0 else _MINUS}{abs(rounded)}" if rounded else "0"
