"""Numbers of the barometer as people read them."""

from math import hypot

from barometer.live.records import BarometerReading


def points(share: float) -> str:
    """A share in [0, 1] on the scale of 0 to 100, to a tenth."""
    return f"{100 * share:.1f}"


def interval(reading: BarometerReading) -> str:
    """The 95 % interval of a window, `30.2 to 43.3`; empty where it has no headline."""
    if reading.low is None or reading.high is None:
        return ""
    return f"{points(reading.low)} to {points(reading.high)}"


def change(now: BarometerReading, before: BarometerReading) -> tuple[str, str]:
    """How far a window lies above an earlier one, and the margin of 95 %: `▲ 3.2`, `± 4.1`; empty without both.

    The margin is that of the difference of two independent means: the root of the sum of the squares of theirs.
    """
    if now.value is None or before.value is None:
        return "", ""
    moved = round(100 * (now.value - before.value), 1)
    arrow = "▲" if moved > 0 else "▼" if moved < 0 else "="
    return f"{arrow} {abs(moved):.1f}", f"± {100 * hypot(_margin(now), _margin(before)):.1f}"


def _margin(reading: BarometerReading) -> float:
    return 0.0 if reading.low is None or reading.high is None else (reading.high - reading.low) / 2
