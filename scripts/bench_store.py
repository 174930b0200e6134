"""Measures the store with many headlines: `python -m scripts.bench_store`; `make bench` runs it.

A database is filled by set-based SQL with headlines of one year, a coin or two in most of them, and one score each;
then every question of the data API is asked many times, at moments drawn at random from the newest day, so that
windows have edges. A query counts from taking a connection to its last row.
"""

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from barometer.headline import headline_id
from barometer.labels import Label
from barometer.live.index import barometer, history, last_hours, per_coin, per_day
from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.claims import claim_titles, enqueue_unscored
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.predictions import newest_pub_time, newest_titles, save_predictions
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.times import EPOCH
from barometer.live.store.titles import save_titles
from barometer.live.store.upgrade import upgrade

VERSION = "bench"
END = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 365
COINS = 60
BATCH = 256
CHUNK = 500_000
LIMIT_MS = {1_000_000: 20, 10_000_000: 100}

Query = Callable[[Connection, datetime], object]

# Ids are spread over all 64-bit numbers, as content hashes are. The probabilities lean to 0 and 1, as models do.
NUMBERS = (
    "WITH RECURSIVE numbers(i) AS (SELECT CAST(:first AS bigint) UNION ALL SELECT i + 1 FROM numbers WHERE i < :last)"
)
SPREAD = "(({i} * 700000000001) % 9007199254740881) * 1023"
TITLES = """
INSERT INTO news_titles (title_id, title, source, url, pub_time, fetched_at)
{numbers} SELECT {id}, 'Coin ' || (i % 61) || ' moves after report number ' || i, 'Outlet ' || (i % 40),
    'https://news.example/' || i, {moment}, {moment} FROM numbers
"""
MENTIONS = """
INSERT INTO title_coins (title_id, coin)
{numbers} SELECT {id}, 'C' || ((i * i + i / 7) % {coins}) FROM numbers WHERE i % 10 < 7
UNION SELECT {id}, 'C' || ((i / 3) % {coins}) FROM numbers WHERE i % 10 = 3
"""
SCORES = """
INSERT INTO model_predictions (title_id, model_version, pub_time, negative, neutral, positive, predicted_class,
    entropy, is_annotating, scored_at)
{numbers}, draws(i, u) AS (SELECT i, ((i * 7919) % 10007) / 10007.0 FROM numbers),
scores(i, p) AS (SELECT i, u * u * (3 - 2 * u) FROM draws)
SELECT {id}, :version, {moment}, (1 - p) * 2 / 3, (1 - p) / 3, p, CASE WHEN p >= 0.4 THEN 2 ELSE 0 END,
    0.5, FALSE, {moment} FROM scores
"""


def fill(engine: Engine, headlines: int) -> None:
    """Make `headlines` rows of each table, and the roll-ups."""
    step = timedelta(days=DAYS) / headlines // timedelta(microseconds=1)
    moment = {
        "sqlite": f"{(END - EPOCH) // timedelta(microseconds=1)} - i * {step}",
        "postgresql": f"timestamptz '{END.isoformat()}' - i * {step} * interval '1 microsecond'",
    }[engine.dialect.name]
    words = {"numbers": NUMBERS, "id": SPREAD.format(i="i"), "moment": moment, "coins": COINS}
    for first in range(1, headlines + 1, CHUNK):
        bounds = {"first": first, "last": min(first + CHUNK - 1, headlines)}
        with writing(engine) as connection:
            for statement in (TITLES, MENTIONS):
                connection.execute(text(statement.format(**words)), bounds)
            connection.execute(text(SCORES.format(**words)), {**bounds, "version": VERSION})
        print(f"{engine.dialect.name}: {bounds['last']:,} of {headlines:,} headlines", file=sys.stderr)
    with writing(engine) as connection:
        rebuild_rollups(connection, VERSION)
    if engine.dialect.name == "postgresql":  # as its own autovacuum would; nothing in the service analyses SQLite
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def queries() -> dict[str, Query]:
    """Every question of the data API, by name; asked at a moment."""

    def period(days: float, coin: str | None = None) -> Query:
        return lambda c, now: barometer(c, VERSION, now - timedelta(days=days), now, coin)

    def past(days: int, bucket: str) -> Query:
        return lambda c, now: history(c, VERSION, now - timedelta(days=days), now, "day" if bucket == "day" else "hour")

    def coins(days: int) -> Query:
        return lambda c, now: per_coin(c, VERSION, now - timedelta(days=days), now)

    def titles(k: int, label: Label | None) -> Query:
        return lambda c, _: newest_titles(c, VERSION, k, label)

    def days(n: int) -> Query:
        return lambda c, now: per_day(c, VERSION, now.date() - timedelta(days=n - 1), now.date())

    return {
        "barometer, 1 hour": lambda c, now: last_hours(c, VERSION, 1, now),
        "barometer, 24 hours": lambda c, now: last_hours(c, VERSION, 24, now),
        "barometer, 30 days": period(30),
        "barometer, 1 year": period(DAYS),
        "barometer of a coin, 24 hours": period(1, "C7"),
        "barometer of a coin, 1 year": period(DAYS, "C7"),
        "per day, 30 days": days(30),
        "per day, 1 year": days(DAYS),
        "history by hour, 7 days": past(7, "hour"),
        "history by hour, 30 days": past(30, "hour"),
        "history by day, 1 year": past(DAYS, "day"),
        "coins, 24 hours": coins(1),
        "coins, 30 days": coins(30),
        "coins, 1 year": coins(DAYS),
        "newest titles, 10": titles(10, None),
        "newest titles of a class, 100": titles(100, Label.NEGATIVE),
        "newest titles of a class there is none of": titles(100, Label.NEUTRAL),
        "newest publication": lambda c, _: newest_pub_time(c, VERSION),
    }


def measure(engine: Engine, query: Query, rounds: int) -> list[float]:
    """Milliseconds of each round, after three that do not count."""
    rng = random.Random(17)  # noqa: S311 - moments to ask about are no secret
    milliseconds = []
    for _ in range(rounds + 3):
        now = END - timedelta(seconds=rng.uniform(0, 86_400))
        start = time.perf_counter()
        with reading(engine) as connection:
            query(connection, now)
        milliseconds.append((time.perf_counter() - start) * 1000)
    return milliseconds[3:]


def _save_titles(titles: list[NewsTitle], connection: Connection, _now: datetime) -> object:
    return save_titles(connection, titles)


def _save_scores(scores: list[Prediction], connection: Connection, now: datetime) -> object:
    return save_predictions(connection, VERSION, scores, now)


def measure_work(engine: Engine, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of what crawler and scorer do with a batch of new headlines."""
    numbers = count()
    found: dict[str, list[float]] = {}
    for turn in range(rounds):
        moment = END + timedelta(minutes=turn)
        texts = [f"Fresh headline {next(numbers)}" for _ in range(BATCH)]
        titles = [NewsTitle(headline_id(t), t, "s", "", moment, moment, frozenset({"C1", "C2"})) for t in texts]
        scores = [Prediction(title.title_id, (0.2, 0.3, 0.5)) for title in titles]
        steps: dict[str, Query] = {
            f"save {BATCH} new headlines": partial(_save_titles, titles),
            "queue what is unscored of 30 days": lambda c, now: enqueue_unscored(c, VERSION, now - timedelta(days=30)),
            f"claim {BATCH}": lambda c, now: claim_titles(c, VERSION, BATCH, now),
            f"save {BATCH} scores": partial(_save_scores, scores),
        }
        for name, step in steps.items():
            start = time.perf_counter()
            with writing(engine) as connection:
                step(connection, moment)
            found.setdefault(name, []).append((time.perf_counter() - start) * 1000)
    return found


def report(engine: Engine, headlines: int, rounds: int) -> bool:
    """Print the tables of one database; return whether every query keeps its limit."""
    limit = next((ms for size, ms in LIMIT_MS.items() if headlines <= size), max(LIMIT_MS.values()))
    print(
        f"\n| {engine.dialect.name}, {headlines:,} headlines, {rounds} rounds | median ms | p99 ms | under {limit} ms |"
    )
    print("|---|---:|---:|---|")
    kept = True
    for name, query in queries().items():
        times = measure(engine, query, rounds)
        p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
        kept &= p99 < limit
        print(f"| {name} | {statistics.median(times):.1f} | {p99:.1f} | {'yes' if p99 < limit else 'NO'} |")
    for name, times in measure_work(engine, max(2, rounds // 10)).items():
        print(f"| {name} | {statistics.median(times):.1f} | {max(times):.1f} (most) | |")
    return kept


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database: an SQLite file, or a PostgreSQL server that runs while the block lasts."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    server = import_module("pgserver").get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def bench(url: str, headlines: int, rounds: int) -> bool:
    """Fill and measure one empty database; return whether every query keeps its limit."""
    engine = open_engine(url)
    try:
        upgrade(engine)
        start = time.perf_counter()
        fill(engine, headlines)
        print(f"{engine.dialect.name}: filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        return report(engine, headlines, rounds)
    finally:
        engine.dispose()


def main() -> None:
    """Measure each database that is asked for; exit with 1 if a query takes too long."""
    parser = argparse.ArgumentParser(description="Measures the store with many headlines.")
    parser.add_argument("--headlines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append", help="default: both")
    parser.add_argument("--url", help="an EMPTY database that exists, instead of a fresh one")
    arguments = parser.parse_args()
    kept = True
    if arguments.url:
        kept = bench(arguments.url, arguments.headlines, arguments.rounds)
    else:
        for kind in arguments.database or ["sqlite", "postgresql"]:
            folder = Path(tempfile.mkdtemp(prefix="barometer-bench-"))
            try:
                with fresh_database(kind, folder) as url:
                    kept &= bench(url, arguments.headlines, arguments.rounds)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
