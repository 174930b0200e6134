"""Measures bulk scoring beside the predictor of one process: `python -m scripts.bench_archive`; `make bench` runs it.

Each round scores the same headlines twice, in alternating order: by one predictor in this process on every core, and
by `barometer archive score` on Ray of this machine, with its start and its writing. The summary gives the ratio of
their rates, the memory of all of Ray's processes in each quarter, and the rate of `barometer archive load`.
"""

import argparse
import csv
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from barometer.archive.schema import MANIFEST, PARTS
from barometer.predictor import Predictor, available_cores
from scripts.bench import artifacts, texts

HEADLINES = 20_000
ROUNDS = 2
BATCH = 4096
DISTINCT = 5_000
START = datetime(2021, 1, 1, tzinfo=UTC)
DAYS = 5 * 365


def headlines(count: int) -> Iterator[tuple[str, datetime]]:
    """Headlines of the demo corpus, made different by a number, at random moments of five years."""
    known = texts(DISTINCT)
    rng = random.Random(17)  # noqa: S311 - moments are no secret
    for number, title in zip(range(count), itertools.cycle(known), strict=False):
        yield f"{title} {number}", START + timedelta(days=rng.uniform(0, DAYS))


def write_input(path: Path, count: int) -> None:
    """Write the headlines as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("title", "pub_time"))
        writer.writerows((title, moment.isoformat()) for title, moment in headlines(count))


def alone(artifact: Path, source: Path) -> float:
    """Headlines per second of one predictor on every core, reading included."""
    predictor = Predictor.load(artifact)
    start, count = time.perf_counter(), 0
    with source.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        while batch := [title for title, _ in itertools.islice(rows, BATCH)]:
            predictor.score(batch)
            count += len(batch)
    return count / (time.perf_counter() - start)


def archive(artifact: Path, source: Path, out: Path, count: int) -> tuple[float, list[float]]:
    """Headlines per second of `barometer archive score`, start and end included, and MB of memory as it went on."""
    words = ["archive", "score", str(source), str(out), "--model", str(artifact)]
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "barometer.cli.main", *words], stdout=subprocess.DEVNULL) as process:
        memory = _Memory(process.pid, out / PARTS, -(-count // BATCH))
        watch = threading.Thread(target=memory.watch)
        watch.start()
        if process.wait():
            sys.exit("barometer archive score failed")
        elapsed = time.perf_counter() - start
        watch.join()
    assert (out / MANIFEST).is_file()
    return count / elapsed, memory.quarters


def loading(out: Path, database: str, count: int) -> None:
    """Print the rate of `barometer archive load` into an empty store, then of doing it again."""
    program = [sys.executable, "-m", "barometer.cli.main"]
    subprocess.run([*program, "db", "upgrade", "--database", database], check=True, stdout=subprocess.DEVNULL)
    for what in ("load", "load again"):
        start = time.perf_counter()
        words = ["archive", "load", str(out), "--database", database]
        subprocess.run([*program, *words], check=True, stdout=subprocess.DEVNULL)
        print(f"| {what}, {database.partition(':')[0]} | | {count / (time.perf_counter() - start):,.0f} | | |")


class _Memory:
    """The most memory (PSS, MB) of a process and all below it, in each quarter of the parts."""

    def __init__(self, pid: int, parts: Path, count: int) -> None:
        self._process, self._parts, self._count = psutil.Process(pid), parts, count
        self.quarters = [0.0] * 4

    def watch(self) -> None:
        while self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE:
            done = len(list(self._parts.glob("*.arrow"))) if self._parts.is_dir() else 0
            quarter = min(3, 4 * done // self._count)
            if done:
                self.quarters[quarter] = max(self.quarters[quarter], self._now())
            time.sleep(2)

    def _now(self) -> float:
        total = 0.0
        for process in [self._process, *self._process.children(recursive=True)]:
            try:
                total += process.memory_full_info().pss
            except psutil.Error:  # it has ended meanwhile
                continue
        return total / 1e6


def main() -> None:
    """Measure every artifact."""
    parser = argparse.ArgumentParser(description="Measure bulk scoring beside the predictor of one process.")
    parser.add_argument("artifacts", nargs="*", type=Path, help="folders; the release's or the demo's if none is named")
    parser.add_argument("--headlines", type=int, default=HEADLINES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--database", help="an empty one to load into; otherwise a file of SQLite")
    options = parser.parse_args()
    for artifact in artifacts(options.artifacts):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "headlines.csv"
            write_input(source, options.headlines)
            measure(artifact, source, Path(folder), options)


def measure(artifact: Path, source: Path, folder: Path, options: argparse.Namespace) -> None:
    """Print the rates of one artifact, side by side."""
    count: int = options.headlines
    pairs, quarters = [], [[0.0]]
    print(f"\n| {artifact}: {count:,} headlines, {available_cores()} cores | alone/s | archive/s | ratio | load |")
    print("|---|---:|---:|---:|---:|")
    for k in range(options.rounds):
        first = alone(artifact, source) if k % 2 == 0 else None
        rate, memory = archive(artifact, source, folder / f"out{k}", count)
        single = first or alone(artifact, source)
        pairs.append(rate / single)
        quarters.append(memory)
        load, *_ = os.getloadavg()
        print(f"| round {k + 1} | {single:,.0f} | {rate:,.0f} | {pairs[-1]:.2f} | {load:.1f} |", flush=True)
    print(f"| median | | | {statistics.median(pairs):.2f} | |")
    most = [f"{value:,.0f}" for value in quarters[-1]]
    loading(folder / "out0", options.database or f"sqlite:///{folder}/barometer.db", count)
    print(f"\nmemory of all processes (PSS, MB), most in each quarter of the last round: {', '.join(most)}")


if __name__ == "__main__":
    main()
