"""What is usual: a window compared with the 30 days before it, and the error of a difference of two windows."""

from datetime import timedelta
from enum import StrEnum
from math import hypot

from barometer.labels import Label
from barometer.live.records import BarometerReading

# A window is compared with the period of this length before it.
USUAL_SPAN = timedelta(days=30)
# A period with fewer headlines than this does not define what is usual.
ENOUGH = 30


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


def difference_margin(now: BarometerReading, before: BarometerReading) -> float:
    """Half of the 95% interval of the difference of two windows, as a share; a window without headlines adds none.

    It is that of the difference of two independent means: the root of the sum of their squared margins.
    """
    return hypot(_margin(now), _margin(before))


def _margin(reading: BarometerReading) -> float:
    return 0.0 if reading.low is None or reading.high is None else (reading.high - reading.low) / 2
