"""Measures the exchange with a real Label Studio: a push and a pull, and a pull that finds nothing new.

`python -m scripts.bench_annotation`; `make bench` runs it, too, and says how to get a Label Studio where there is none.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from barometer.headline import headline_id
from barometer.labels import CLASS_NAMES
from barometer.live.annotation.interface import title_task
from barometer.live.annotation.project import ProjectPlan, set_up
from barometer.live.annotation.pull import pull_labels
from barometer.live.annotation.push import push_tasks
from barometer.live.annotation.sampling import mark_annotating
from barometer.live.annotation.studio import Studio, opened_studio
from barometer.live.records import NewsTitle, Prediction
from barometer.live.store.dialects import chunks
from barometer.live.store.engine import writing
from barometer.live.store.predictions import save_predictions
from barometer.live.store.titles import save_titles
from barometer.live.store.upgrade import opened_store, upgrade
from barometer.predictor import available_cores
from scripts.label_studio import REQUIREMENT, VARIABLE, installed
from scripts.label_studio_server import running, signed_in

TASKS = 1000
ROUNDS = 5
TITLE = "Benchmark"
STARTED_ONCE = Path(".pytest_cache/d/label-studio-data")  # by the tests; another start is faster
LEAST = "`barometer --help`"
_VERSION = "v"


def seconds(run: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def store_sampled(engine: Engine, count: int) -> list[NewsTitle]:
    """Store headlines that are sampled for annotation."""
    now = datetime.now(UTC)
    texts = [f"Bitcoin rises for the {n}th time this year" for n in range(count)]
    titles = [
        NewsTitle(headline_id(text), text, "example", "https://example.org/a", now, now, frozenset({"BTC"}))
        for text in texts
    ]
    with writing(engine) as connection:
        save_titles(connection, titles)
        save_predictions(connection, _VERSION, [Prediction(t.title_id, (0.3, 0.3, 0.4)) for t in titles], now)
        mark_annotating(connection, _VERSION, [title.title_id for title in titles])
    return titles


def answer_all(studio: Studio, project: int, titles: list[NewsTitle], annotator: int) -> None:
    """Put the same tasks there with an answer each, since giving answers one by one takes most of a minute."""
    studio.ask("DELETE", f"/api/projects/{project}/tasks/")
    tasks = [
        title_task(title.title_id, title.title, title.source, title.url, title.pub_time)
        | {"annotations": [{"completed_by": annotator, "result": _choice(CLASS_NAMES[n % len(CLASS_NAMES)])}]}
        for n, title in enumerate(titles)
    ]
    for batch in chunks(tasks, 250):
        studio.add_tasks(project, batch)


def _choice(name: str) -> list[dict[str, object]]:
    return [{"from_name": "sentiment", "to_name": "text", "type": "choices", "value": {"choices": [name]}}]


def measure(url: str, token: str, annotator: int, database: str, count: int) -> None:
    """Print the table."""
    with opened_store(database, checked=False) as engine, opened_studio(url, token) as studio:
        upgrade(engine)
        titles = store_sampled(engine, count)
        project, _ = set_up(studio, engine, ProjectPlan(TITLE, 3))
        rows = {f"push of {count:,} headlines": seconds(lambda: push_tasks(studio, engine, count))}
        rows["push that finds all of them there"] = seconds(lambda: push_tasks(studio, engine, count))
        answer_all(studio, project, titles, annotator)
        push_tasks(studio, engine, count)  # finds them under their new numbers
        rows[f"pull of {count:,} answers"] = seconds(lambda: check_pulled(studio, engine, count))
        pull_labels(studio, engine)
        rows["pull with nothing new"] = median(lambda: pull_labels(studio, engine))
    rows |= commands({"BAROMETER_DATABASE_URL": database, "LABEL_STUDIO_URL": url, "LABEL_STUDIO_TOKEN": token})
    least = rows[LEAST]
    print(f"\n| Label Studio, {count:,} tasks, {available_cores()} cores | s | times {LEAST} |\n|---|---:|---:|")
    for name, value in rows.items():
        print(f"| {name} | {value:.2f} | {value / least:.1f} |")


def commands(variables: dict[str, str]) -> dict[str, float]:
    """Median seconds of a pull with nothing new as a command, and of one that does nothing."""
    found = {}
    for name in ("`barometer annotation pull`, nothing new", LEAST):
        words = [sys.executable, "-m", "barometer.cli.main", *name.split("`")[1].split()[1:]]
        run = partial(subprocess.run, words, env=os.environ | variables, check=True, stdout=subprocess.DEVNULL)
        found[name] = median(run)
    return found


def check_pulled(studio: Studio, engine: Engine, count: int) -> None:
    """Pull, and make sure that it brought every answer."""
    found = pull_labels(studio, engine)
    assert (found.new, found.bad) == (count, []), found


def median(run: Callable[[], object]) -> float:
    """Median seconds over rounds."""
    return statistics.median(seconds(run) for _ in range(ROUNDS))


def main() -> None:
    """Start a Label Studio and measure; without one, say how to get it."""
    parser = argparse.ArgumentParser(description="Measure the exchange with a real Label Studio.")
    parser.add_argument("--tasks", type=int, default=TASKS, help="how many headlines are pushed, and answers pulled")
    options = parser.parse_args()
    program = installed()
    if program is None:
        print(
            f"annotation is not measured: `pip install '{REQUIREMENT}'` elsewhere, and name its program in {VARIABLE}"
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "label-studio"
        if (STARTED_ONCE / "complete").exists():
            shutil.copytree(STARTED_ONCE, data)
        data.mkdir(exist_ok=True)
        with running(program, data) as url, closing(signed_in(url)) as http:
            token = http.post("/api/token/").json()["token"]
            owner = int(http.get("/api/current-user/whoami").json()["id"])
            measure(url, token, owner, f"sqlite:///{folder}/barometer.db", options.tasks)


if __name__ == "__main__":
    main()
