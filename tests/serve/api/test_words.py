from datetime import UTC, datetime, timedelta
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.records import BarometerReading
from barometer.live.volume import Volume
from serve.api.words import (
    ENOUGH,
    Standing,
    age_words,
    change,
    count_words,
    effect_words,
    interval,
    percents,
    standing_of,
    volume_words,
    window_words,
)

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
EMPTY = BarometerReading(None, None, None, 0, NOW, NOW)


def reading(value: float, margin: float = 0.05, count: int = ENOUGH) -> BarometerReading:
    return BarometerReading(value, value - margin, value + margin, count, NOW, NOW)


@pytest.mark.parametrize(
    ("value", "standing"), [(0.42, "higher"), (0.40, "usual"), (0.36, "usual"), (0.32, "usual"), (0.30, "lower")]
)
def test_unusual_only_if_interval_excludes_usual(value: float, standing: str) -> None:
    assert standing_of(reading(value), reading(0.36)) == standing


@given(value=st.floats(0, 1), usual=st.floats(0, 1), margin=st.floats(0, 1))
def test_higher_and_lower_are_mirror_images(value: float, usual: float, margin: float) -> None:
    mirrored = {Standing.HIGHER: Standing.LOWER, Standing.LOWER: Standing.HIGHER, Standing.USUAL: Standing.USUAL}
    assert (
        standing_of(reading(-value, margin), reading(-usual))
        is mirrored[standing_of(reading(value, margin), reading(usual))]
    )


def test_standing_is_unknown_without_headlines() -> None:
    assert standing_of(EMPTY, reading(0.36)) == standing_of(reading(0.36), EMPTY) == Standing.UNKNOWN
    assert standing_of(reading(0.9), reading(0.36, count=ENOUGH - 1)) is Standing.UNKNOWN


def test_every_standing_has_distinct_words() -> None:
    assert len({standing.words for standing in Standing}) == 4


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=-9), "just now"), (timedelta(seconds=59), "just now"), (timedelta(hours=0.99), "59 min ago"),
        (timedelta(hours=1), "1 h ago"), (timedelta(hours=47.9), "47 h ago"), (timedelta(days=2), "2 days ago"),
    ],
)  # fmt: skip
def test_ages_use_their_largest_unit(age: timedelta, words: str) -> None:
    assert age_words(age) == words


def test_windows_and_counts_in_words() -> None:
    assert [window_words(hours) for hours in (1, 24, 48, 50, 168)] == [
        "last hour", "last 24 hours", "last 48 hours", "last 50 hours", "last 7 days",
    ]  # fmt: skip
    assert [count_words(count) for count in (0, 1, 12_345)] == ["0 headlines", "1 headline", "12,345 headlines"]


def test_change_has_margin_of_both_windows() -> None:
    now, before = reading(0.5, 0.03), reading(0.6, 0.04)
    assert change(now, before) == ("▼ 10.0", f"± {100 * hypot(0.03, 0.04):.1f}")
    assert change(before, now)[0] == "▲ 10.0"
    assert change(now, reading(0.50004, 0.03))[0] == "= 0.0"
    assert change(now, EMPTY) == ("", "")
    assert (interval(now), interval(EMPTY)) == ("47.0 to 53.0", "")


@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=3))
def test_percentages_sum_to_100(weights: list[float]) -> None:
    probabilities = [weight / sum(weights) for weight in weights]
    whole = percents(probabilities)
    assert sum(whole) == 100
    assert all(abs(percent - 100 * p) < 1 for percent, p in zip(whole, probabilities, strict=True))


def test_thirds_get_what_rounding_leaves() -> None:
    assert percents([1 / 3, 1 / 3, 1 / 3]) == [34, 33, 33]


@pytest.mark.parametrize(
    ("effect", "told"), [(0.126, "+13"), (-0.126, "\N{MINUS SIGN}13"), (0.004, "0"), (-0.004, "0")]
)
def test_effects_are_points_with_a_sign(effect: float, told: str) -> None:
    assert effect_words(effect) == told


@pytest.mark.parametrize(
    ("z", "told"),
    [
        (None, ""),
        (2.5, "342 headlines, more than usual for a Friday"),
        (-2.5, "342 headlines, fewer than usual for a Friday"),
        (1.9, "342 headlines, about as many as usual for a Friday"),
    ],
)
def test_volume_compares_with_its_weekday(z: float | None, told: str) -> None:
    assert volume_words(Volume(342, 300.0, z), NOW) == told
