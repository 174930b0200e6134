from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from barometer.live import index
from barometer.live.store.engine import reading, writing
from barometer.live.store.standing import activate_version
from barometer.live.store.sums import Bucket
from barometer.live.whole_history import history_parts
from barometer.prevalence import Spread

NOW = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
OLDEST = datetime(2019, 3, 2, 5, 59, tzinfo=UTC)


@pytest.fixture
def scored(database: Engine, save_scored: Callable[..., list[int]]) -> Engine:
    """Headlines of today, of 70 days with gaps, and of five years before; two coins; another version's beside."""
    rows = [(NOW - timedelta(hours=7 * n), (n * 37 % 100) / 100, ("BTC", "ETH")[: n % 3]) for n in range(240)]
    rows = [row for row in rows if row[0].day != 9] + [(OLDEST, 0.25, ("DOGE",)), (NOW + timedelta(days=3), 0.9, ())]
    save_scored(database, "v", rows)
    save_scored(database, "old", [(NOW - timedelta(days=400), 0.5, ("BTC",))])
    return database


Row = tuple[datetime, str, float, float, float, int]


def exported(engine: Engine, bucket: Bucket, until: datetime = NOW) -> list[Row]:
    def rows() -> Iterator[Row]:
        for part in history_parts(partial(reading, engine), "v", bucket, until):
            assert part.model_version == "v"
            starts = (datetime.fromtimestamp(hour * 3600, UTC) for hour in part.hours.tolist())
            yield from zip(starts, part.coins, part.values, part.lows, part.highs, part.counts, strict=True)

    return list(rows())


def read(engine: Engine, bucket: Bucket) -> list[Row]:
    """The same by `index.history`, coin by coin, without what is not over."""
    since, until = OLDEST.replace(hour=0, minute=0), NOW.replace(hour=0 if bucket == "day" else 12, minute=0)
    with reading(engine) as connection:
        return [
            (found.since, coin, found.value, found.low, found.high, found.count)
            for coin in ("", "BTC", "ETH", "DOGE")
            for found in index.history(connection, "v", since, until, bucket, coin or None)
        ]


@pytest.mark.parametrize("bucket", ["day", "hour"])
@pytest.mark.parametrize("spread", [None, Spread(0.18, 5e-5)])
def test_rows_are_those_of_history(scored: Engine, bucket: Bucket, spread: Spread | None) -> None:
    with writing(scored) as connection:
        activate_version(connection, "v", NOW, spread)
    found = exported(scored, bucket)
    assert found == sorted(read(scored, bucket))
    assert found[0][:2] == (OLDEST.replace(hour=0 if bucket == "day" else 5, minute=0), "")
    assert {row[1] for row in found} == {"", "BTC", "ETH", "DOGE"}


def test_running_hour_and_day_wait(scored: Engine) -> None:
    assert exported(scored, "hour")[-1][0] < NOW.replace(minute=0)
    assert exported(scored, "day")[-1][0] < NOW.replace(hour=0)
    midnight = NOW.replace(hour=0, minute=0) + timedelta(days=1)
    assert exported(scored, "day", midnight)[-1][0].date() == NOW.date()
    assert exported(scored, "day", midnight - timedelta(microseconds=1))[-1][0].date() < NOW.date()


def test_unscored_version_has_no_rows(database: Engine) -> None:
    assert exported(database, "day") == []
