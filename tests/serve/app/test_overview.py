from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from barometer.live.store.engine import writing
from barometer.live.store.standing import activate_version
from serve.api.standing import Standing
from serve.api.store import BarometerStore
from serve.app.figures.overview_card import overview_card, stale_note
from serve.app.overview import MONTH, YEAR, overview

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
Save = Callable[..., list[int]]


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
def test_the_last_day_is_compared_with_the_30_days_before(
    fill: Callable[..., BarometerStore], today: float, standing: Standing
) -> None:
    found = overview(fill(rows(range(1), today, 20), rows(range(1, 31), 0.36)), NOW, None)
    assert found.standing is standing
    assert found.usual.value == pytest.approx(0.36)
    assert standing.words in overview_card(found, "All")


def test_few_headlines_do_not_say_what_is_usual(fill: Callable[..., BarometerStore]) -> None:
    found = overview(fill(rows(range(1), 0.9, 20), rows(range(1, 15), 0.1)), NOW, None)
    assert found.usual.count == 28
    assert found.standing is Standing.UNKNOWN
    assert "g-usual" not in overview_card(found, "All")


def test_what_it_was_earlier_and_on_how_many_days_it_was_lower(fill: Callable[..., BarometerStore]) -> None:
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


def test_of_a_coin_only_its_headlines_count(fill: Callable[..., BarometerStore]) -> None:
    store = fill(rows(range(3), 0.9, 2, "BTC"), rows(range(3), 0.1, 2, "ETH"))
    assert overview(store, NOW, "ETH").now.value == pytest.approx(0.1)
    assert overview(store, NOW, "XRP").now.value is None
    assert "no data" in overview_card(overview(store, NOW, "XRP"), "XRP")


def test_the_subject_is_shown_as_text(fill: Callable[..., BarometerStore]) -> None:
    assert "<b>x" not in overview_card(overview(fill([]), NOW, None), "<b>x")


def test_stale_is_said_past_two_schedules_and_where_nothing_is_known(fill: Callable[..., BarometerStore]) -> None:
    state = overview(fill([]), NOW, None).state
    assert "not known" in stale_note(state, NOW, 12)
    assert stale_note(replace(state, refreshed_at=NOW - timedelta(hours=12)), NOW, 12) == ""
    late = stale_note(replace(state, refreshed_at=NOW - timedelta(hours=12, minutes=1)), NOW, 12)
    assert "17 May 2024, 00:29 UTC" in late
