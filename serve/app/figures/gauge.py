"""The gauge: one number from 0 to 100 with its 95 % interval and what is usual, drawn as a half circle in SVG."""

from html import escape
from math import cos, pi, sin

from barometer.live.records import BarometerReading
from serve.app.format import interval, points

_X, _Y, _RADIUS = 160.0, 158.0, 128.0


def gauge_svg(now: BarometerReading, usual: float | None) -> str:
    """Draw a window of 24 hours; an empty one shows a bare scale and "no data", never 0.

    Args:
        now: the window.
        usual: the mean that it is compared with, in [0, 1]; None draws no mark.
    """
    parts = [_arc(0, 1, _RADIUS, "track")]
    if now.value is not None and now.low is not None and now.high is not None:
        parts.append(_arc(0, now.value, _RADIUS, "value"))
        parts.append(_arc(now.low, now.high, _RADIUS + 17, "interval"))
        parts.append(_spoke(now.value, _RADIUS - 11, _RADIUS + 21, "needle"))
    if usual is not None:
        parts.append(_spoke(usual, _RADIUS - 17, _RADIUS + 10, "usual"))
    number = "no data" if now.value is None else points(now.value)
    size = "empty" if now.value is None else "number"
    parts.append(f'<text class="g-{size}" x="{_X}" y="{_Y - 22}">{number}</text>')
    parts.append(f'<text class="g-end" x="{_X - _RADIUS}" y="{_Y + 20}">0</text>')
    parts.append(f'<text class="g-end" x="{_X + _RADIUS}" y="{_Y + 20}">100</text>')
    label = escape(gauge_words(now, usual))
    return f'<svg class="g-gauge" viewBox="0 0 320 182" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def gauge_words(now: BarometerReading, usual: float | None) -> str:
    """What the gauge shows, in words."""
    if now.value is None:
        return "Barometer: no data for the last 24 hours"
    said = f"Barometer: {points(now.value)} of 100, 95 % interval {interval(now)}"
    return said if usual is None else f"{said}; {points(usual)} is usual"


def _at(share: float, radius: float) -> str:
    angle = pi * (1 - share)
    return f"{_X + radius * cos(angle):.1f} {_Y - radius * sin(angle):.1f}"


def _arc(start: float, end: float, radius: float, name: str) -> str:
    path = f"M {_at(start, radius)} A {radius:.0f} {radius:.0f} 0 0 1 {_at(end, radius)}"
    return f'<path class="g-{name}" d="{path}"/>'


def _spoke(share: float, inner: float, outer: float, name: str) -> str:
    return f'<path class="g-{name}" d="M {_at(share, inner)} L {_at(share, outer)}"/>'
