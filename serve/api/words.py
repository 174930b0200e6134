"""The barometer in words: points, intervals, ages, and whether a window is more or less positive than usual."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from barometer.live.records import BarometerReading, Lean

# What is usual decides alerts, too; the services know it by this module.
from barometer.live.usual import ENOUGH as ENOUGH  # noqa: PLC0414
from barometer.live.usual import USUAL_SPAN as USUAL_SPAN  # noqa: PLC0414
from barometer.live.usual import Standing as Standing  # noqa: PLC0414
from barometer.live.usual import difference_margin
from barometer.live.usual import standing_of as standing_of  # noqa: PLC0414
from barometer.live.usual import usual_of as usual_of  # noqa: PLC0414
from barometer.live.volume import Volume
from barometer.live.words import count_words as count_words  # noqa: PLC0414
from barometer.prevalence import Z_95

LEANS = 0.05
Direction: TypeAlias = Literal["positive", "negative", "none"]
_MINUS = "\N{MINUS SIGN}"


def lean_direction(lean: Lean) -> Direction:
    """The side to which an outlet leans, if its corrected p-value is below 5%."""
    if lean.p_value >= LEANS:
        return "none"
    return "positive" if lean.difference > 0 else "negative"


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

    The margin is `difference_margin`.
    """
    if now.value is None or before.value is None:
        return "", ""
    moved = round(100 * (now.value - before.value), 1)
    arrow = "▲" if moved > 0 else "▼" if moved < 0 else "="
    return f"{arrow} {abs(moved):.1f}", f"± {100 * difference_margin(now, before):.1f}"


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


def volume_words(volume: Volume, until: datetime) -> str:
    """How the headlines of a window compare with earlier weeks: `342 headlines, more than usual for a Saturday`.

    The weekday is that of the window's end. Empty where too few weeks are known.
    """
    if volume.z is None:
        return ""
    unusual = "more than" if volume.z > Z_95 else "fewer than" if volume.z < -Z_95 else "about as many as"
    return f"{count_words(volume.count)}, {unusual} usual for a {until:%A}"


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
