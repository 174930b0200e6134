"""Measures the files of the whole history: `python -m scripts.bench_history`.

It fills roll-ups of one and of ten years of 300 coins by day and writes each as CSV and Parquet in a process of its
own: rows, seconds of a processor, bytes, and the most memory, whose ratio shows that it does not grow with the history.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import insert

from barometer.live.history_files import FileFormat, write_history
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.schema import rollups
from barometer.live.store.standing import activate_version
from barometer.live.store.times import HOURS_OF_DAY, SPANS, hour_of
from barometer.live.store.upgrade import upgrade
from barometer.live.whole_history import history_parts
from barometer.prevalence import Spread

VERSION = "0123456789ab"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
COINS = 300


def _rows(days: int) -> Iterator[dict[str, Any]]:
    last, draw = hour_of(NOW), random.Random(days)  # noqa: S311 - no secrets
    for span in SPANS[1:]:
        for hour in range((last - HOURS_OF_DAY * days) // span * span, last, span):
            for coin in ("", *(f"C{number}" for number in range(COINS))):
                sums = {"headlines": 9, "positive": draw.randrange(9_000_000), "squares": 4_000_000}
                yield {"model_version": VERSION, "span": span, "hour": hour, "coin": coin, **sums}


def fill(url: str, days: int) -> None:
    """Make a store with the roll-ups of so many days up to `NOW`."""
    engine = open_engine(url)
    upgrade(engine)
    with writing(engine) as connection:
        activate_version(connection, VERSION, NOW, Spread(0.18, 5e-5))
        rows = _rows(days)
        while chunk := [row for _, row in zip(range(50_000), rows, strict=False)]:
            connection.execute(insert(rollups), chunk)
    engine.dispose()


def measure(url: str, form: FileFormat) -> None:
    """Write the file of a store; print rows, seconds, bytes, and megabytes at most, before and with it, as JSON."""
    engine = open_engine(url)
    if form == "parquet":
        import pyarrow.parquet  # noqa: F401, PLC0415
    before, begun, rows = _megabytes(), time.process_time(), 0

    def counted() -> Iterator[Any]:
        nonlocal rows
        for part in history_parts(partial(reading, engine), VERSION, "day", NOW + timedelta(hours=1)):
            rows += len(part.coins)
            yield part

    with tempfile.TemporaryFile() as file:
        write_history(counted(), file, form)
        size = file.tell()
    print(json.dumps([rows, time.process_time() - begun, size, before, _megabytes()]))


def _megabytes() -> float:
    """The most memory that this process had; `getrusage` would count that of its parent."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def main() -> None:
    """Measure both stores, or, started by itself, one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, metavar=("URL", "FORMAT"), help="used by the script itself")
    if (asked := parser.parse_args().one) is not None:
        return measure(asked[0], cast(FileFormat, asked[1]))
    print("| years | file | rows | seconds | MB on disk | MB of memory, before | with it |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for years in (1, 10):
            url = f"sqlite:///{Path(folder) / f'{years}.db'}"
            fill(url, 365 * years)
            for form in ("csv", "parquet"):
                command = [sys.executable, "-m", "scripts.bench_history", "--one", url, form]
                rows, seconds, size, before, after = json.loads(subprocess.check_output(command))
                print(
                    f"| {years} | {form} | {rows:,} | {seconds:.1f} | {size / 1e6:.1f} | {before:.0f} | {after:.0f} |"
                )
    return None


if __name__ == "__main__":
    main()
