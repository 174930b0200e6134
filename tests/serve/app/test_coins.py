from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import Engine

from barometer.live.records import BarometerReading
from barometer.live.store.engine import writing
from barometer.live.store.standing import activate_version
from serve.api.store import BarometerStore
from serve.app.coins import CoinRow, coin_rows, coin_table, sparkline

NOW = datetime(2024, 5, 17, 12, tzinfo=UTC)


def test_row_has_two_weeks_and_month(database: Engine, save_scored: Callable[..., list[int]]) -> None:
    ago = [(1, 0.8, ("BTC",)), (2, 0.6, ("BTC", "ETH")), (9, 0.2, ("BTC",)), (28, 0.4, ("BTC",)), (10, 0.5, ("XRP",))]
    save_scored(database, "v", [(NOW - timedelta(days=days), p, coins) for days, p, coins in ago])
    with writing(database) as connection:
        activate_version(connection, "v", NOW)
    bitcoin, ether = coin_rows(BarometerStore(database), NOW)
    assert (bitcoin.coin, ether.coin) == ("BTC", "ETH")
    assert (bitcoin.now.value, bitcoin.before.value) == (pytest.approx(0.7), pytest.approx(0.2))
    assert (ether.before.value, ether.before.count) == (None, 0)
    # Days 0 to 29 of the month in tens of three days; today is day 29, so that 28 days ago is day 1.
    shown = [(step, value) for step, value in enumerate(bitcoin.month) if value is not None]
    assert shown == [(0, pytest.approx(0.4)), (6, pytest.approx(0.2)), (9, pytest.approx(0.7))]
    assert len(bitcoin.month) == 10


def row(coin: str) -> CoinRow:
    reading = BarometerReading(0.5, 0.4, 0.6, 12, NOW, NOW)
    return CoinRow(coin, reading, BarometerReading(None, None, None, 0, NOW, NOW), [0.5] * 10)


def test_table_marks_the_picked_coin() -> None:
    table = ElementTree.fromstring(coin_table([row("BTC"), row("ETH")], "ETH"))
    assert [th.get("scope") for th in table.iter("th")] == ["col"] * 5 + ["row"] * 2
    assert [b.get("aria-pressed") for b in table.iter("button") if b.get("aria-pressed")] == ["false", "true"]


def test_tickers_are_shown_as_text() -> None:
    table = coin_table([row('"><script>')], None)
    assert "<script>" not in table
    ElementTree.fromstring(table)


def test_no_coins_are_said() -> None:
    assert "No headline" in coin_table([], None)


def test_sparkline_breaks_at_gaps() -> None:
    line, dots = sparkline([0.0, 1.0, None, 0.5, None, 1.0, 0.0], 0, 1)
    assert (line.count("M"), dots.count("M")) == (2, 1)
    assert "nan" not in "".join(sparkline([0.5], 0.5, 0.5))
    assert sparkline([None, None], 0, 1) == ("", "")
