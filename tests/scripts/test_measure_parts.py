from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from scripts.measure_parts import Headline, by_headline, by_outlet, coin_rows, noise, windows

FIRST = date(2024, 1, 1)


def headlines(rows: Iterable[tuple[int, str, str, float]]) -> list[Headline]:
    return [
        Headline(FIRST + timedelta(days=day), outlet, frozenset(coins.split()), value)
        for day, outlet, coins, value in rows
    ]


def test_windows_have_enough_headlines() -> None:
    rows = headlines([(day % 2, "a", "", 0.5) for day in range(61)])
    assert [len(window) for window in windows(rows, 1)] == [31, 30]
    assert windows(rows[:29], 1) == []


def test_outlets_weigh_the_same_on_request() -> None:
    window = headlines([(0, "big", "", 0.2)] * 30 + [(0, "small", "", 0.8)])
    assert by_headline(window) == (pytest.approx((30 * 0.2 + 0.8) / 31), 31)
    assert by_outlet(window) == (pytest.approx(0.5), pytest.approx(4 / (1 / 30 + 1)))


def test_noise_is_that_of_half() -> None:
    window = headlines([(0, "a", "", value) for value in (0.2, 0.6)])
    assert noise([window], by_headline) == pytest.approx(40 / 2**0.5)


def test_change_of_coins_is_without_others() -> None:
    rows = headlines([(0, "a", "BTC", 0.4 + 0.01 * (n % 2)) for n in range(30)] + [(0, "a", "BTC ETH", 0.8)] * 10)
    bitcoin, mean = coin_rows(rows)
    assert bitcoin.startswith("| BTC | 40 | 25% | 50.4 | 40.5 | -9.9 |")
    assert mean == "| mean of 1 | | | | | 9.9 (absolute) | |"
