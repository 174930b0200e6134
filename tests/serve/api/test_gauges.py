"""The gauges of the data API, asked over HTTP on a real store."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from barometer.live.records import FeedState
from barometer.live.store.engine import open_engine, writing
from barometer.live.store.feeds import save_feeds
from barometer.live.store.standing import activate_version, record_run
from serve.api.data_api import create_data_api
from serve.api.gauges import MOST_COINS, StoreGauges
from serve.api.ports import StoreUnavailableError
from serve.api.store import BarometerStore, store_opener

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SaveScored = Callable[..., list[int]]


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def client(run: Any, settings_with: Any, sqlite_url: str) -> Iterator[httpx.Client]:
    app = create_data_api(settings_with(), store_opener(sqlite_url), clock=lambda: NOW)
    with run(app) as client:
        yield client


def samples(client: httpx.Client, name: str) -> dict[tuple[str, ...], float]:
    """The values of a metric by its labels' values, in the order of their names."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in found}


def test_readings_equal_those_of_routes(client: httpx.Client, store: Engine, save_scored: SaveScored) -> None:
    rows = [(NOW - HOUR, 0.9, ("BTC",)), (NOW - 2 * HOUR, 0.1, ("BTC", "ETH")), (NOW - 50 * HOUR, 0.8, ("SOL",))]
    save_scored(store, "shown", rows)
    with writing(store) as connection:
        activate_version(connection, "shown", NOW)
        record_run(connection, "score", NOW - 3 * HOUR)
        save_feeds(connection, [FeedState("https://a.example/rss", next_poll_at=NOW + HOUR, failures=2)])
    told = client.get("/v1/barometer").json()
    assert samples(client, "barometer_reading")["all", "24h"] == pytest.approx(told["value"])
    assert samples(client, "barometer_reading_low")["all", "24h"] == pytest.approx(told["interval"]["low"])
    assert samples(client, "barometer_reading_high")["all", "24h"] == pytest.approx(told["interval"]["high"])
    assert samples(client, "barometer_reading_headlines") == {
        ("all", "24h"): 2, ("BTC", "24h"): 2, ("ETH", "24h"): 1,
        ("all", "7d"): 3, ("BTC", "7d"): 2, ("ETH", "7d"): 1, ("SOL", "7d"): 1,
    }  # fmt: skip
    assert samples(client, "barometer_reading_age_seconds") == {(): 3600}
    assert samples(client, "barometer_step_age_seconds") == {("score",): 3 * 3600}
    assert samples(client, "barometer_headlines_unscored") == {(): 0}
    assert samples(client, "barometer_feeds")[("failing",)] == 1
    assert samples(client, "barometer_model_info") == {("shown",): 1}


def test_unknown_is_absent_never_zero(client: httpx.Client) -> None:
    assert samples(client, "barometer_reading") == samples(client, "barometer_reading_age_seconds") == {}
    assert samples(client, "barometer_headlines_unscored") == samples(client, "barometer_step_age_seconds") == {}
    assert samples(client, "barometer_reading_headlines") == {("all", "24h"): 0, ("all", "7d"): 0}
    assert samples(client, "barometer_ready") == {(): 1}


def test_many_coins_make_few_series(client: httpx.Client, store: Engine, save_scored: SaveScored) -> None:
    coins = [f"C{n}" for n in range(200)]
    save_scored(store, "shown", [(NOW - HOUR, 0.5, coins), (NOW - 2 * HOUR, 0.5, coins[100:110])])
    with writing(store) as connection:
        activate_version(connection, "shown", NOW)
    found = samples(client, "barometer_reading")
    assert len(found) == 2 * (MOST_COINS + 1)
    assert {(coin, "24h") for coin in coins[100:110]} < found.keys()


class _Counted(BarometerStore):
    """A store that counts how often it is asked, and answers while `open` is set."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.asked, self.open, self.entered = 0, threading.Event(), threading.Event()
        self.open.set()

    def vitals(self, now: datetime) -> Any:
        self.asked += 1
        self.entered.set()
        self.open.wait(timeout=30)
        return super().vitals(now)


def test_scrapes_do_not_load_the_store(store: Engine) -> None:
    counted = _Counted(store)
    gauges = StoreGauges(lambda: counted, lambda: NOW, seconds=3600)
    first = [metric.name for metric in gauges.collect()]
    assert all([metric.name for metric in gauges.collect()] == first for _ in range(50))
    assert counted.asked == 1


def test_scrape_never_waits_for_another(store: Engine) -> None:
    counted = _Counted(store)
    gauges = StoreGauges(lambda: counted, lambda: NOW, seconds=0)
    before = [metric.name for metric in gauges.collect()]
    counted.open.clear()
    counted.entered.clear()
    slow = threading.Thread(target=lambda: list(gauges.collect()))
    slow.start()
    assert counted.entered.wait(timeout=30)
    try:
        assert [metric.name for metric in gauges.collect()] == before
        assert counted.asked == 2
    finally:
        counted.open.set()
        slow.join()


def test_lost_store_has_no_gauges(store: Engine) -> None:
    gone = [False]

    def opened() -> BarometerStore:
        if gone[0]:
            raise StoreUnavailableError("gone")
        return BarometerStore(store)

    gauges = StoreGauges(opened, lambda: NOW, seconds=0)
    assert list(gauges.collect())
    gone[0] = True
    assert list(gauges.collect()) == []
    gone[0] = False
    assert list(gauges.collect())
