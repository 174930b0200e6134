"""What the store knows, as gauges of the data API: the barometer of windows and coins, its age, waiting work, feeds.

Ages are in seconds and readings from 0 to 1. What is unknown has no sample, so that no rule takes it for 0.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from barometer.live.records import BarometerReading, Vitals
from serve.api.errors import NotReadyError
from serve.api.ports import DataStore, StoreUnavailableError

WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}
ALL = "all"  # no ticker, as these are in capitals
MOST_COINS = 20
CACHED_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store answered at one moment; readings by window and coin."""

    readings: Mapping[tuple[str, str], BarometerReading]
    vitals: Vitals


class StoreGauges(Collector):
    """Gauges of the store, read at most once in `seconds`, however many scrape.

    Every window has the 20 coins that are mentioned most in it and `all`, so at most 42 series a gauge. A scrape that
    comes while another reads gets what was read before. A store that does not answer has no gauges.
    """

    def __init__(
        self, store: Callable[[], DataStore], clock: Callable[[], datetime], seconds: float = CACHED_SECONDS
    ) -> None:
        self._store, self._clock, self._seconds = store, clock, seconds
        self._reads = threading.Lock()
        self._read_at = -float("inf")
        self._last: Snapshot | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges of what was read last."""
        now = self._clock()
        found = self._fresh(now)
        if found is not None:
            yield from _reading_gauges(found.readings)
            yield from _vital_gauges(found.vitals, now)

    def _fresh(self, now: datetime) -> Snapshot | None:
        if time.monotonic() - self._read_at >= self._seconds and self._reads.acquire(blocking=False):
            try:
                self._last = take_snapshot(self._store(), now)
            except (NotReadyError, StoreUnavailableError):
                self._last = None  # `barometer_ready` says so
            finally:
                self._read_at = time.monotonic()
                self._reads.release()
        return self._last


def take_snapshot(store: DataStore, now: datetime) -> Snapshot:
    """Ask the store for every window and for what operators watch; raises as the store does."""
    readings: dict[tuple[str, str], BarometerReading] = {}
    for window, span in WINDOWS.items():
        readings[window, ALL] = store.reading(now - span, now)
        coins = store.coins(now - span, now)[:MOST_COINS]
        readings |= {(window, found.coin): found.reading for found in coins}
    return Snapshot(readings, store.vitals(now))


def _reading_gauges(readings: Mapping[tuple[str, str], BarometerReading]) -> list[GaugeMetricFamily]:
    labels = ["window", "coin"]
    value = GaugeMetricFamily("barometer_reading", "The barometer: share of positive headlines.", labels=labels)
    low = GaugeMetricFamily("barometer_reading_low", "Lower end of its 95% interval.", labels=labels)
    high = GaugeMetricFamily("barometer_reading_high", "Upper end of its 95% interval.", labels=labels)
    count = GaugeMetricFamily("barometer_reading_headlines", "Headlines that count in it.", labels=labels)
    for key, found in readings.items():
        count.add_metric(key, found.count)
        for gauge, number in ((value, found.value), (low, found.low), (high, found.high)):
            if number is not None:
                gauge.add_metric(key, number)
    return [value, low, high, count]


def _vital_gauges(vitals: Vitals, now: datetime) -> list[GaugeMetricFamily]:
    age = GaugeMetricFamily("barometer_reading_age_seconds", "Age of the newest headline that counts.", labels=())
    if vitals.newest_pub_time is not None:
        age.add_metric((), _seconds(now - vitals.newest_pub_time))
    about = "Headlines of the last 7 days without a score of the version shown, counted to 10,000."
    unscored = GaugeMetricFamily("barometer_headlines_unscored", about, labels=())
    if vitals.unscored is not None:
        unscored.add_metric((), vitals.unscored)
    steps = GaugeMetricFamily("barometer_step_age_seconds", "Time since a step last finished.", labels=["step"])
    for step, finished in vitals.finished.items():
        steps.add_metric([step], _seconds(now - finished))
    feeds = GaugeMetricFamily("barometer_feeds", "Feeds by state.", labels=["state"])
    for state, number in vitals.feeds.items():
        feeds.add_metric([state], number)
    return [age, unscored, steps, feeds]


def _seconds(age: timedelta) -> float:
    return max(0.0, age.total_seconds())
