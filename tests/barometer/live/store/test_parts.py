from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from barometer.live.records import NewsTitle
from barometer.live.store.belonging import name_column
from barometer.live.store.engine import writing
from barometer.live.store.parts import ALL, Kind, Part, about, from_outlet, part_of, parts_of, spans_of
from barometer.live.store.schema import news_titles
from barometer.live.store.times import SPANS
from barometer.live.store.titles import save_titles


def test_keys_of_parts_are_distinct() -> None:
    parts = [ALL, about("BTC"), about("BTC", alone=True), from_outlet("BTC"), from_outlet("=BTC"), from_outlet("")]
    assert [part.key for part in parts] == ["", "BTC", "=BTC", "@BTC", "@=BTC", "@"]
    keys = {(span + part.kind.apart, part.key) for part in parts for span in SPANS}
    assert len(keys) == len(parts) * len(SPANS)


@pytest.mark.parametrize(
    ("asked", "part"), [(None, ALL), ("", ALL), ("ETH", about("ETH")), (from_outlet("x"), Part(Kind.OUTLET, "x"))]
)
def test_ticker_stands_for_its_mentions(asked: Part | str | None, part: Part) -> None:
    assert part_of(asked) == part


def test_only_a_sole_coin_is_alone() -> None:
    assert about("ETH", alone=True) in parts_of("x", ["ETH"])
    assert {part.kind for part in parts_of("x", ["BTC", "ETH"])} == {Kind.ALL, Kind.COIN, Kind.OUTLET}
    assert parts_of("x" * 300, []) == [ALL, from_outlet("x" * 200)]


def test_outlets_are_named_as_stored(database: Engine, make_title: Callable[..., NewsTitle]) -> None:
    moment = datetime(2024, 5, 17, tzinfo=UTC)
    odd = "a\x00\ud800 \U0001f600" + "\u00e9" * 300
    with writing(database) as connection:
        save_titles(connection, [replace(make_title("t", moment), source=odd)])
        source = connection.execute(select(news_titles.c.source)).scalar_one()
        found = connection.execute(select(name_column(Kind.OUTLET))).scalar_one()
    assert from_outlet(source).name == from_outlet(odd).name == found


def test_spans_of_kinds_do_not_meet() -> None:
    assert spans_of(24) == [24, 1024, 2024]
    assert len({span for hours in SPANS for span in spans_of(hours)}) == 9
