"""What each rule sees, from readings alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import hypot
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.alerts.conditions import band, jump, level, stale, volume
from barometer.live.alerts.settings import AlertsSettings
from barometer.live.records import BarometerReading

NOW = datetime(2026, 8, 17, 12, 0, tzinfo=UTC)


def reading(value: float | None, margin: float = 0.05, count: int = 100) -> BarometerReading:
    since = NOW - timedelta(hours=24)
    if value is None:
        return BarometerReading(None, None, None, 0, since, NOW)
    return BarometerReading(value, value - margin, value + margin, count, since, NOW)


@pytest.fixture
def rule_of(alerts_with: Callable[..., AlertsSettings]) -> Callable[..., Any]:
    return lambda kind, **keys: alerts_with(rules=[{"name": "r", "kind": kind, **keys}]).rules[0]


@pytest.mark.parametrize(
    ("side", "value", "raised", "holds"),
    [
        ("above", 0.61, False, True), ("above", 0.60, False, False), ("above", 0.59, True, True),
        ("above", 0.58, True, False), ("below", 0.59, False, True), ("below", 0.61, True, True),
        ("below", 0.621, True, False),
    ],
)  # fmt: skip
def test_level_ends_only_past_margin(
    rule_of: Callable[..., Any], side: str, value: float, raised: bool, holds: bool
) -> None:
    rule = rule_of("level", margin=2, **{side: 60})
    assert level(rule, reading(value), raised=raised).holds is holds


def test_level_needs_enough_headlines(rule_of: Callable[..., Any]) -> None:
    rule = rule_of("level", above=60, coin="BTC")
    assert level(rule, reading(0.9, count=9), raised=False).holds is None
    assert level(rule, reading(None), raised=True).holds is None
    found = level(rule, reading(0.9, count=10), raised=False)
    assert (found.holds, found.facts["coin"], found.facts["level"], found.facts["count"]) == (True, "BTC", 60, 10)
    assert found.title.startswith("Barometer of Bitcoin") and found.title.endswith("above 60")
    assert found.text.endswith("of the last 24 hours: 90.0 of 100 (95% interval 85.0 to 95.0), 10 headlines.")


@pytest.mark.parametrize(
    ("value", "count", "higher", "lower"),
    [(0.5, 100, True, False), (0.45, 100, False, False), (0.3, 100, False, True), (0.5, 29, None, None)],
)
def test_band_is_left_with_whole_interval(
    rule_of: Callable[..., Any], value: float, count: int, higher: bool | None, lower: bool | None
) -> None:
    found = band(rule_of("band"), reading(value), reading(0.4, count=count))
    assert (found["r/higher"].holds, found["r/lower"].holds) == (higher, lower)
    if higher:
        assert found["r/higher"].title == "Barometer: more positive than usual"
        assert found["r/higher"].text.endswith("100 headlines. Usual is 40.0.")
        assert found["r/higher"].facts["usual"] == 0.4


def test_band_without_headlines_is_unknown(rule_of: Callable[..., Any]) -> None:
    found = band(rule_of("band", side="lower"), reading(None), reading(0.4))
    assert {name: seen.holds for name, seen in found.items()} == {"r/lower": None}


@given(*[st.floats(0, 1)] * 2, *[st.floats(0, 0.3)] * 2)
def test_jump_exceeds_interval_of_difference(now: float, before: float, margin: float, other: float) -> None:
    rule = AlertsSettings.model_validate({"rules": [{"name": "r", "kind": "jump"}]}).rules[0]
    found = jump(rule, reading(now, margin), reading(before, other))  # type: ignore[arg-type]
    up, down = found["r/up"].holds, found["r/down"].holds
    assert not (up and down)
    difference, limit = abs(now - before), hypot(margin, other)
    if abs(difference - limit) > 1e-9:
        assert bool(up or down) == (difference > limit)
    assert not (up and now < before) and not (down and now > before)


def test_jump_says_what_was_before(rule_of: Callable[..., Any]) -> None:
    found = jump(rule_of("jump", side="down"), reading(0.3), reading(0.5))["r/down"]
    assert found.holds and found.title == "Barometer jumped down by 20.0"
    assert "Before it was 50.0 of 100" in found.text and found.text.endswith("difference is ± 7.1.")
    assert found.facts["change"] == pytest.approx(-0.2) and found.facts["before"]["value"] == 0.5
    assert jump(rule_of("jump"), reading(0.3), reading(None))["r/up"].holds is None


def test_volume_says_what_is_usual(rule_of: Callable[..., Any]) -> None:
    rule = rule_of("volume", above=4)
    found = volume(rule, 60, [15, 25, 20, 20], NOW)
    assert found.holds and found.text == (
        "60 headlines in 6 hours; usual at this time of the week are 20.0 (z-score 5.9)."
    )
    assert volume(rule, 50, [10, 20, 30, 20], NOW).holds is False
    assert volume(rule, 500, [10, 20, 30], NOW).holds is None


def test_stale_after_its_hours(rule_of: Callable[..., Any]) -> None:
    rule = rule_of("stale", hours=12)
    assert stale(rule, NOW - timedelta(hours=12), NOW).holds is False
    late = stale(rule, NOW - timedelta(hours=12, seconds=1), NOW)
    assert late.holds and late.text == "News was last crawled and scored at 2026-08-16 23:59 UTC."
    assert stale(rule, None, NOW).text == "News was never crawled and scored."
