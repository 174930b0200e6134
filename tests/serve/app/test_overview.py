import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from barometer.live.records import BarometerReading
from barometer.live.store.engine import writing
from barometer.live.store.standing import activate_version
from serve.api.store import BarometerStore
from serve.api.words import Standing, points
from serve.app.overview import DIAL, MONTH, YEAR, overview, overview_card, stale_note
from serve.markup import render

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
Save = Callable[..., list[int]]
SHARE = st.floats(0, 1)


def rows(days: range, positive: float, a_day: int = 2, *coins: str) -> list[tuple[datetime, float, tuple[str, ...]]]:
    """Headlines in the 24 hours that ended that many days before NOW."""
    return [(NOW - timedelta(days=day, hours=1 + i), positive, coins) for day in days for i in range(a_day)]


@pytest.fixture
def fill(database: Engine, save_scored: Save) -> Callable[..., BarometerStore]:
    def filled(*parts: list[tuple[datetime, float, tuple[str, ...]]]) -> BarometerStore:
        save_scored(database, "v", [row for part in parts for row in part])
        with writing(database) as connection:
            activate_version(connection, "v", NOW)
        return BarometerStore(database)

    return filled


@pytest.mark.parametrize(
    ("today", "standing"), [(0.95, Standing.HIGHER), (0.02, Standing.LOWER), (0.36, Standing.USUAL)]
)
def test_last_day_compares_with_the_month(
    fill: Callable[..., BarometerStore], today: float, standing: Standing
) -> None:
    found = overview(fill(rows(range(1), today, 20), rows(range(1, 31), 0.36)), NOW, None)
    assert found.standing is standing
    assert found.usual == pytest.approx(0.36)
    assert standing.words in overview_card(found, "All")


def test_few_headlines_define_no_usual(fill: Callable[..., BarometerStore]) -> None:
    found = overview(fill(rows(range(1), 0.9, 20), rows(range(1, 15), 0.1)), NOW, None)
    assert found.state.usual.count == 28
    assert found.standing is Standing.UNKNOWN
    assert "g-usual" not in overview_card(found, "All")


def test_volume_is_compared_with_the_weekday(fill: Callable[..., BarometerStore], database: Engine) -> None:
    store = fill(rows(range(1), 0.5, 20), rows(range(7, 64, 7), 0.5, 4))
    assert "g-volume" not in overview_card(overview(store, NOW, None), "All")
    with writing(database) as connection:
        activate_version(connection, "older", NOW - timedelta(days=70))
    found = overview(store, NOW, None)
    assert (found.volume.count, found.volume.usual) == (20, 4)
    assert '<p class="g-volume">20 headlines, more than usual for a Friday.</p>' in overview_card(found, "All")


def test_earlier_values_and_days_below(fill: Callable[..., BarometerStore]) -> None:
    store = fill(
        rows(range(1), 0.5), rows(range(1, 2), 0.4), rows(range(7, 8), 0.7), rows(range(30, 31), 0.2),
        rows(range(40, 42), 0.1),
    )  # fmt: skip
    found = overview(store, NOW, None)
    assert [reading.value for _, reading in found.earlier] == [
        pytest.approx(0.4),
        pytest.approx(0.7),
        pytest.approx(0.2),
        None,
    ]
    # 17 May itself, which has the headlines of the last hours, is not over: it is no day to compare with.
    assert found.days_below(MONTH) == (2, 3)
    assert found.days_below(YEAR) == (4, 5)
    assert overview_card(found, "All").count("no data") == 1


def test_coin_overview_counts_its_headlines(fill: Callable[..., BarometerStore]) -> None:
    store = fill(rows(range(3), 0.9, 2, "BTC"), rows(range(3), 0.1, 2, "ETH"))
    assert overview(store, NOW, "ETH").now.value == pytest.approx(0.1)
    assert overview(store, NOW, "XRP").now.value is None
    assert "no data" in overview_card(overview(store, NOW, "XRP"), "XRP")


def test_the_subject_is_shown_as_text(fill: Callable[..., BarometerStore]) -> None:
    assert "<b>x" not in overview_card(overview(fill([]), NOW, None), "<b>x")


def test_stale_note_after_two_schedules(fill: Callable[..., BarometerStore]) -> None:
    state = overview(fill([]), NOW, None).state
    assert "unknown" in stale_note(state, NOW, 12)
    assert stale_note(replace(state, refreshed_at=NOW - timedelta(hours=12)), NOW, 12) == ""
    late = stale_note(replace(state, refreshed_at=NOW - timedelta(hours=12, minutes=1)), NOW, 12)
    assert "17 May 2024, 00:29 UTC" in late


def reading(
    value: float | None, low: float | None = None, high: float | None = None, count: int = 9
) -> BarometerReading:
    return BarometerReading(value, low, high, count if value is not None else 0, NOW, NOW + timedelta(days=1))


def gauge(now: BarometerReading, usual: float | None) -> str:
    return render("gauge.svg", now=now, usual=usual, dial=DIAL)


@given(st.lists(SHARE, min_size=3, max_size=3).map(sorted), st.none() | SHARE)
def test_gauge_is_labelled_and_within_bounds(shares: list[float], usual: float | None) -> None:
    low, value, high = shares
    svg = ElementTree.fromstring(gauge(reading(value, low, high), usual))
    assert points(value) in svg.get("aria-label", "")
    assert [text.text for text in svg.iter("text")] == [points(value), "0", "100"]
    names = {path.get("class") for path in svg.iter("path")}
    assert names == {"g-track", "g-value", "g-interval", "g-needle"} | ({"g-usual"} if usual is not None else set())
    for x, y in re.findall(r"[ML] ([\d.-]+) ([\d.-]+)", " ".join(path.get("d", "") for path in svg.iter("path"))):
        assert 0 <= float(x) <= 320
        assert 0 <= float(y) <= 182


@pytest.mark.parametrize(("value", "x", "y"), [(0.0, 160 - 149, 158), (0.5, 160, 158 - 149), (1.0, 160 + 149, 158)])
def test_needle_points_left_up_and_right(value: float, x: float, y: float) -> None:
    needle = re.search(r'class="g-needle" d="M .* L ([\d.]+) ([\d.]+)"', gauge(reading(value, 0, 1), None))
    assert needle
    assert (float(needle[1]), float(needle[2])) == (x, y)


def test_an_empty_window_has_no_number() -> None:
    svg = gauge(reading(None), None)
    assert "no data" in svg
    assert "g-value" not in svg
