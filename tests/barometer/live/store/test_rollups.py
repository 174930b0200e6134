from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, event, select, text

from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.outlet_sums import OutletBuckets, outlet_bucket_sums
from barometer.live.store.parts import ALL, Kind, Part, about, from_outlet
from barometer.live.store.predictions import save_predictions
from barometer.live.store.rollups import millionths, rebuild_rollups
from barometer.live.store.schema import model_predictions, news_titles, rollups, title_coins
from barometer.live.store.search import newest_pub_time, newest_titles
from barometer.live.store.sums import Buckets, Sums, bucket_sums, coin_sums, outlet_sums, window_sums
from barometer.live.store.times import HOURS_OF_DAY, hour_of
from barometer.live.store.titles import delete_titles, save_titles

START = datetime(2024, 5, 17, tzinfo=UTC)
COINS = ("BTC", "ETH", "SOL")

offsets = st.integers(0, 4 * 24 * 60) | st.integers(0, 80 * 24 * 60)  # minutes
outlets_ = st.sampled_from(("Daily", "@Daily", "=BTC", "", "\u00e9" * 200 + "a", "\u00e9" * 200 + "b"))
titles_ = st.lists(st.tuples(offsets, st.sets(st.sampled_from(COINS)), outlets_), min_size=1, max_size=12)
# What may happen to the title of an index: (index, value, counted), a value of None where it is deleted.
values_ = st.none() | st.floats(0, 1) | st.floats(-3, 3) | st.integers(-9, 9).map(lambda n: n / 2_000_000)
events_ = st.lists(st.tuples(st.integers(0, 11), values_, st.booleans()), max_size=30)
Row = tuple[int, set[str], str]
Event = tuple[int, float | None, bool]
PARTS = (ALL, about("BTC"), about("BTC", alone=True), from_outlet("Daily"), from_outlet("\u00e9" * 201))


def play(
    database: Engine,
    make_title: Callable[..., NewsTitle],
    rows: list[Row],
    events: list[Event],
) -> None:
    titles = [
        replace(make_title(f"t{i}", START + timedelta(minutes=m), coins), source=source)
        for i, (m, coins, source) in enumerate(rows)
    ]
    with writing(database) as connection:
        connection.execute(delete(rollups))
        connection.execute(delete(news_titles))
        save_titles(connection, titles)
    for index, value, counted in events:
        title = titles[index % len(titles)]
        with writing(database) as connection:
            if value is None:
                delete_titles(connection, [title.title_id])
            else:
                save_titles(connection, [title])
                positive = min(max(value, 0.0), 1.0)
                score = Prediction(title.title_id, (1 - positive, 0.0, positive), value=value, counted=counted)
                save_predictions(connection, "v", [score], START)


def direct(connection: Connection, since: datetime, until: datetime) -> dict[Part, Sums]:
    """The sums of every part, from the rows themselves."""
    scores = model_predictions.c
    rows = select(scores.title_id, scores.value, news_titles.c.source).join(
        news_titles, news_titles.c.title_id == scores.title_id
    )
    rows = rows.where(scores.pub_time >= since, scores.pub_time < until, scores.counted)
    coins = connection.execute(select(title_coins.c.title_id, title_coins.c.coin)).all()
    found: dict[Part, Sums] = defaultdict(Sums)
    for title_id, value, source in connection.execute(rows):
        named = [coin for of_title, coin in coins if of_title == title_id]
        parts = [Part(Kind.ALL), Part(Kind.OUTLET, source[:200]), *(Part(Kind.COIN, coin) for coin in named)]
        for part in [*parts, *(Part(Kind.ALONE, coin) for coin in named if len(named) == 1)]:
            found[part] += Sums(1, value, value * value)
    return found


def summed(found: Buckets | OutletBuckets) -> Sums:
    return Sums(int(found.counts.sum()), float(found.positive.sum()), float(found.squares.sum()))


def close(found: Sums, expected: Sums) -> bool:
    tolerance = pytest.approx((expected.positive, expected.squares), abs=1e-6 * max(expected.count, 1))
    return found.count == expected.count and (found.positive, found.squares) == tolerance


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=titles_, events=events_, a=offsets, b=offsets)
def test_windows_always_sum_their_rows(
    database: Engine,
    make_title: Callable[..., NewsTitle],
    rows: list[Row],
    events: list[Event],
    a: int,
    b: int,
) -> None:
    play(database, make_title, rows, events)
    since, until = START + timedelta(minutes=min(a, b)), START + timedelta(minutes=max(a, b))
    with writing(database) as connection:
        expected = direct(connection, since, until)
        each = {Part(Kind.COIN, coin): sums for coin, sums in coin_sums(connection, "v", since, until).items()}
        alone = coin_sums(connection, "v", since, until, alone=True)
        each |= {Part(Kind.ALONE, coin): sums for coin, sums in alone.items()}
        each |= {Part(Kind.OUTLET, name): sums for name, sums in outlet_sums(connection, "v", since, until).items()}
        assert each.keys() == expected.keys() - {ALL}
        assert all(close(sums, expected[part]) for part, sums in each.items())
        assert all(window_sums(connection, "v", since, until, part) == each.get(part, Sums()) for part in PARTS[1:])
        for bucket, span in (("hour", 1), ("day", HOURS_OF_DAY)):
            for part in PARTS:
                found = bucket_sums(connection, "v", since, until, bucket, part)
                assert (found.hours % span == 0).all() and (np.diff(found.hours) >= span).all()
                assert close(summed(found), expected[part])
            outlets = outlet_bucket_sums(connection, "v", since, until, bucket)
            assert (np.diff(outlets.hours) >= 0).all() and close(summed(outlets), expected[ALL])
        assert close(window_sums(connection, "v", since, until), expected[ALL])
        assert rebuild_rollups(connection, "v") == 0


def test_a_value_counts_in_whole_millionths() -> None:
    assert millionths(0.1234567) == (123_457, 15_242)
    assert millionths(1.0) == (1_000_000, 1_000_000)
    assert millionths(-0.1234567) == (-123_457, 15_242)
    assert millionths(-0.0000005) == (0, 0)


@pytest.mark.parametrize(("value", "kept"), [(-7.0, -1.0), (2.5, 2.0), (-0.25, -0.25)])
def test_values_far_outside_are_clipped(
    database: Engine, save_scored: Callable[..., list[int]], value: float, kept: float
) -> None:
    ids = save_scored(database, "v", [(START, 0.5, ())])
    with writing(database) as connection:
        save_predictions(connection, "v", [Prediction(ids[0], (0.2, 0.3, 0.5), value=value)], START)
        for until in (START + timedelta(hours=1), START + timedelta(minutes=1)):  # a roll-up, and an edge
            assert window_sums(connection, "v", START, until) == Sums(1, kept, kept * kept)


def test_bucket_holds_its_own_headlines(database: Engine, save_scored: Callable[..., list[int]]) -> None:
    hours = [0, 0.5, 1, 23.99, 24, 49.5]
    save_scored(database, "v", [(START + timedelta(hours=h), 0.5, ()) for h in hours])
    first = hour_of(START)
    since, until = START + timedelta(minutes=30), START + timedelta(hours=49, minutes=30)
    with writing(database) as connection:
        by_hour = bucket_sums(connection, "v", since, until, "hour")
        by_day = bucket_sums(connection, "v", since, until, "day")
    assert dict(zip(by_hour.hours - first, by_hour.counts, strict=True)) == {0: 1, 1: 1, 23: 1, 24: 1}
    assert dict(zip(by_day.hours - first, by_day.counts, strict=True)) == {0: 3, 24: 1}


def test_rebuilding_mends_what_somebody_broke(database: Engine, save_scored: Callable[..., list[int]]) -> None:
    save_scored(database, "v", [(START, 0.5, {"BTC"})])
    save_scored(database, "other", [(START, 0.5, ())])
    with writing(database) as connection:
        connection.execute(text("UPDATE rollups SET positive = 7 WHERE coin = 'BTC'"))
        connection.execute(delete(rollups).where(rollups.c.model_version == "v", rollups.c.coin == ""))
        assert rebuild_rollups(connection, "v") == 6
        assert rebuild_rollups(connection, "v") == 0
        assert window_sums(connection, "v", START, START + timedelta(days=1), "BTC") == Sums(1, 0.5, 0.25)
        assert window_sums(connection, "other", START, START + timedelta(days=1)).count == 1


def test_failed_transaction_changes_nothing(database: Engine, save_scored: Callable[..., list[int]]) -> None:
    ids = save_scored(database, "v", [(START, 0.5, ())])
    with pytest.raises(ZeroDivisionError), writing(database) as connection:
        save_predictions(connection, "v", [Prediction(ids[0], (0.0, 0.0, 1.0))], START)
        delete_titles(connection, ids)
        raise ZeroDivisionError
    with writing(database) as connection:
        assert window_sums(connection, "v", START, START + timedelta(hours=1)) == Sums(1, 0.5, 0.25)
        assert rebuild_rollups(connection, "v") == 0


def sqlite_plan(url: str, question: Callable[[Connection], object]) -> list[str]:
    """What SQLite does for the last statement of a question."""
    engine = open_engine(url)
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with reading(engine) as connection:
        question(connection)
        statement, parameters = asked[-1]
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    engine.dispose()
    return [step for step in plan if "SEARCH" in step or "SCAN" in step or "B-TREE" in step]


def test_sqlite_reads_one_coins_rollups_only(sqlite_url: str) -> None:
    plan = sqlite_plan(sqlite_url, lambda c: bucket_sums(c, "v", START, START + timedelta(days=9), "day", "BTC"))
    index = "USING INDEX ix_rollups_coin (model_version=? AND span=? AND coin=? AND hour>? AND hour<?)"
    assert plan == [f"SEARCH rollups {index}"]


@pytest.mark.parametrize("part", [about("BTC", alone=True), from_outlet("Daily")])
def test_sqlite_reads_one_parts_rollups_only(sqlite_url: str, part: Part) -> None:
    plan = sqlite_plan(sqlite_url, lambda c: window_sums(c, "v", START, START + timedelta(days=9), part))
    assert plan == [
        "SEARCH rollups USING INDEX ix_rollups_coin (model_version=? AND span=? AND coin=? AND hour>? AND hour<?)"
    ]


@pytest.mark.parametrize("ask", [coin_sums, outlet_sums, partial(coin_sums, alone=True)])
def test_sqlite_reads_one_kinds_rollups_only(sqlite_url: str, ask: Callable[..., object]) -> None:
    plan = sqlite_plan(sqlite_url, lambda c: ask(c, "v", START, START + timedelta(days=9)))
    assert plan[0] == "SEARCH rollups USING PRIMARY KEY (model_version=? AND span=? AND hour>? AND hour<?)"


def test_sqlite_reads_edges_from_the_index(sqlite_url: str) -> None:
    edge = sqlite_plan(sqlite_url, lambda c: window_sums(c, "v", START, START + timedelta(minutes=9)))
    index = "SEARCH model_predictions USING COVERING INDEX ix_model_predictions_time (model_version=?"
    assert [step.startswith(f"{index} AND pub_time>? AND pub_time<?") for step in edge] == [True]
    assert sqlite_plan(sqlite_url, lambda c: newest_pub_time(c, "v")) == [f"{index})"]
    newest = sqlite_plan(sqlite_url, lambda c: newest_titles(c, "v", 9))
    assert "USING INDEX ix_model_predictions_time (model_version=?)" in newest[0]
    assert newest[2:] in ([], ["USE TEMP B-TREE FOR RIGHT PART OF ORDER BY"])
