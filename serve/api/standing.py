"""What the number means: whether a window is more or less positive than usual; one rule for pages, API and embeds."""

from datetime import timedelta
from enum import StrEnum

from barometer.labels import Label
from barometer.live.records import BarometerReading

# What is usual is read in the time of this length before a window.
USUAL_SPAN = timedelta(days=30)
# A month of fewer headlines than this does not say what is usual.
ENOUGH = 30


class Standing(StrEnum):
    """How a window compares with the 30 days before it."""

    HIGHER = "higher"
    LOWER = "lower"
    USUAL = "usual"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """How a person would say it."""
        return _WORDS[self]

    @property
    def label(self) -> Label:
        """The class in whose colour it is shown."""
        return {Standing.HIGHER: Label.POSITIVE, Standing.LOWER: Label.NEGATIVE}.get(self, Label.NEUTRAL)


_WORDS = {
    Standing.HIGHER: "More positive than usual",
    Standing.LOWER: "Less positive than usual",
    Standing.USUAL: "About as usual",
    Standing.UNKNOWN: "Too little history to compare with",
}


def usual_of(before: BarometerReading) -> BarometerReading | None:
    """The reading of the 30 days before a window, if it has headlines enough to say what is usual."""
    return before if before.count >= ENOUGH else None


def standing_of(now: BarometerReading, before: BarometerReading) -> Standing:
    """Above or below usual only where the window's 95 % interval leaves out the mean of the 30 days before.

    The number alone would not do: a mean probability of 36 is low beside 50 and ordinary for crypto news.

    Args:
        now: the window; unknown where it has no headline.
        before: the 30 days before it; unknown where they have fewer than 30 headlines.
    """
    usual = usual_of(before)
    if usual is None or usual.value is None or now.low is None or now.high is None:
        return Standing.UNKNOWN
    if now.low > usual.value:
        return Standing.HIGHER
    return Standing.LOWER if now.high < usual.value else Standing.USUAL
