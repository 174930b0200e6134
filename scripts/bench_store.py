"""Measures the store with many headlines: `python -m scripts.bench_store`; `make bench` runs it.

A database is filled with headlines of five years; then every query of the data API runs many times, at random moments
of the newest day, so that windows have edges. A query counts from taking a connection to its last row. The work of
crawler, scorer and clean-up is timed, too.
"""

import argparse
import gc
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text

from barometer.headline import headline_id
from barometer.live.records import NewsTitle, Prediction
from barometer.live.score import Scorer, score_titles
from barometer.live.store.claims import claim_titles, enqueue_unscored
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.rollups import rebuild_rollups
from barometer.live.store.titles import save_titles
from barometer.live.store.upgrade import upgrade
from scripts.bench_store_fill import BEFORE_SEARCH, END, VERSION, fill, fill_copies, settle
from scripts.bench_store_queries import Query, queries, searches
from scripts.processes import percentile

BATCH = 256
BACKLOG = 10_000
PATIENCE_S = 5
LIMIT_MS = {1_000_000: 20, 10_000_000: 100}


def measure(engine: Engine, query: Query, rounds: int) -> list[float]:
    """Milliseconds of each round, after three warm-up rounds; fewer rounds if they take too long."""
    rng = random.Random(17)  # noqa: S311 - moments to ask about are no secret
    milliseconds: list[float] = []
    while len(milliseconds) < rounds + 3 and (sum(milliseconds) < PATIENCE_S * 1000 or len(milliseconds) < 5):
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
    """Milliseconds of the steps of crawler and scorer for a batch of new headlines."""
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


def measure_long_work(engine: Engine) -> dict[str, float]:
    """Seconds of rare work: scoring the backlog of a new model version, and checking all roll-ups."""
    moment = END + timedelta(days=1)
    texts = [f"Unscored headline {n}" for n in range(BACKLOG)]
    with writing(engine) as connection:
        save_titles(
            connection, [NewsTitle(headline_id(t), t, "s", "", moment, moment, frozenset({"C1"})) for t in texts]
        )
    start = time.perf_counter()
    score_titles(engine, Scorer(VERSION, _undecided), since=END)
    scored = time.perf_counter()
    with writing(engine) as connection:
        wrong = rebuild_rollups(connection, VERSION)
    checked = time.perf_counter()
    if wrong:
        raise AssertionError(f"{wrong} roll-ups differ from the sums of their headlines")
    return {
        f"queue, claim and save {BACKLOG:,} scores, without the model": scored - start,
        "check all roll-ups": checked - scored,
    }


def _undecided(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.full((len(texts), 3), 1 / 3, np.float32), np.ones(len(texts), np.float32)


def _summary(milliseconds: list[float]) -> tuple[float, float]:
    return percentile(milliseconds, 50), percentile(milliseconds, 99)


def report(engine: Engine, headlines: int, rounds: int) -> bool:
    """Print the tables of one database; return whether every query keeps its limit."""
    limit = next((ms for size, ms in LIMIT_MS.items() if headlines <= size), max(LIMIT_MS.values()))
    name = engine.dialect.name
    print(f"\n| {name}, {headlines:,} headlines, {rounds} rounds | median ms | p99 ms | under {limit} ms |")
    print("|---|---:|---:|---|")
    kept = True
    for name, query in queries().items():
        median, p99 = _summary(measure(engine, query, rounds))
        kept &= p99 < limit
        print(f"| {name} | {median:.1f} | {p99:.1f} | {'yes' if p99 < limit else 'NO'} |", flush=True)
    for name, query in searches().items():
        median, p99 = _summary(measure(engine, query, rounds))
        print(f"| {name} | {median:.1f} | {p99:.1f} | |", flush=True)
    for name, times in measure_work(engine, max(2, rounds // 10)).items():
        print(f"| {name} | {statistics.median(times):.1f} | {max(times):.1f} (most) | |")
    for name, seconds in measure_long_work(engine).items():
        print(f"| {name} | {seconds * 1000:,.0f} | | |")
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
        upgrade(engine, BEFORE_SEARCH)
        fill(engine, headlines)
        before, start = _bytes(engine), time.perf_counter()
        upgrade(engine)
        print(
            f"{engine.dialect.name}: migrated from {BEFORE_SEARCH} in {time.perf_counter() - start:.0f} s, "
            f"from {before / headlines:.0f} to {_bytes(engine) / headlines:.0f} bytes a headline",
            file=sys.stderr,
        )
        fill_copies(engine)
        settle(engine)
        gc.freeze()  # keeps imported objects out of garbage collection: without it, one query in 30 waits 30 ms
        return report(engine, headlines, rounds)
    finally:
        engine.dispose()


def _bytes(engine: Engine) -> int:
    size = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    with reading(engine) as connection:
        return int(connection.execute(text(size[engine.dialect.name])).scalar_one())


def main() -> None:
    """Measure each requested database; exit with 1 if a query takes too long."""
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
