import re
from datetime import UTC, datetime, timedelta
from math import hypot
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.records import BarometerReading
from serve.app.figures.gauge import gauge_svg
from serve.app.figures.sparkline import sparkline
from serve.app.format import change, interval, points

THEN = datetime(2024, 5, 17, tzinfo=UTC)
SHARE = st.floats(0, 1)


def reading(
    value: float | None, low: float | None = None, high: float | None = None, count: int = 9
) -> BarometerReading:
    return BarometerReading(value, low, high, count if value is not None else 0, THEN, THEN + timedelta(days=1))


@given(st.lists(SHARE, min_size=3, max_size=3).map(sorted), st.none() | SHARE)
def test_the_gauge_says_what_it_shows_and_stays_within_its_picture(shares: list[float], usual: float | None) -> None:
    low, value, high = shares
    svg = ElementTree.fromstring(gauge_svg(reading(value, low, high), usual))
    assert points(value) in svg.get("aria-label", "")
    assert [text.text for text in svg.iter("text")] == [points(value), "0", "100"]
    names = {path.get("class") for path in svg.iter("path")}
    assert names == {"g-track", "g-value", "g-interval", "g-needle"} | ({"g-usual"} if usual is not None else set())
    for x, y in re.findall(r"[ML] ([\d.-]+) ([\d.-]+)", " ".join(path.get("d", "") for path in svg.iter("path"))):
        assert 0 <= float(x) <= 320
        assert 0 <= float(y) <= 182


@pytest.mark.parametrize(("value", "x", "y"), [(0.0, 160 - 149, 158), (0.5, 160, 158 - 149), (1.0, 160 + 149, 158)])
def test_the_needle_points_left_up_and_right(value: float, x: float, y: float) -> None:
    needle = re.search(r'class="g-needle" d="M .* L ([\d.]+) ([\d.]+)"', gauge_svg(reading(value, 0, 1), None))
    assert needle
    assert (float(needle[1]), float(needle[2])) == (x, y)


def test_an_empty_window_has_no_number() -> None:
    svg = gauge_svg(reading(None), None)
    assert "no data" in svg
    assert "g-value" not in svg
    assert interval(reading(None)) == ""


def test_a_change_has_the_margin_of_both_windows() -> None:
    now, before = reading(0.5, 0.47, 0.53), reading(0.6, 0.56, 0.64)
    assert change(now, before) == ("▼ 10.0", f"± {100 * hypot(0.03, 0.04):.1f}")
    assert change(before, now)[0] == "▲ 10.0"
    assert change(now, reading(0.50004, 0.47, 0.53))[0] == "= 0.0"
    assert change(now, reading(None)) == ("", "")


def test_a_sparkline_breaks_at_gaps_and_marks_what_stands_alone() -> None:
    drawn = re.findall(r' d="(.*?)"', sparkline([0.0, 1.0, None, 0.5, None, 1.0, 0.0], 0, 1))
    assert [part.count("M") for part in drawn] == [2, 1]
    assert "nan" not in sparkline([0.5], 0.5, 0.5)
    assert re.findall(r' d="(.*?)"', sparkline([None, None], 0, 1)) == ["", ""]
