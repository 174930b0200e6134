"""The live half of the demo: sample feeds served over HTTP, crawled, scored, and the barometer printed.

The headlines are those of the demo corpus that no model has learnt from, dated evenly over the last 30 days. They go to
a store of their own, made anew each time, so that they never mix with real news.
"""

import csv
import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from tqdm import tqdm

from barometer.live.crawl import crawl_feeds
from barometer.live.crawl_store import EngineStore
from barometer.live.demo_feeds import HISTORY, demo_settings, serve_folder, write_feeds
from barometer.live.index import last_hours
from barometer.live.score import score_titles
from barometer.live.settings import load_feeds
from barometer.live.store.engine import open_engine, reading, writing
from barometer.live.store.runs import record_run
from barometer.live.store.titles import count_titles
from barometer.live.store.upgrade import upgrade
from barometer.live.store.versions import activate_version
from barometer.live.summary import summary_lines
from barometer.predictor import Predictor


def main() -> None:
    """Fill the store and print the barometer."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--headlines", type=Path, default=Path("data/demo/unlabelled.csv"))
    parser.add_argument("--model", type=Path, default=Path("outputs/artifacts/bert"))
    parser.add_argument("--folder", type=Path, default=Path("outputs/demo"), help="Where feeds and store go.")
    options = parser.parse_args()
    engine = _new_store(options.folder / "barometer.db")
    _crawl(engine, options.headlines, options.folder / "feeds")
    _score(engine, Predictor.load(options.model))
    engine.dispose()


def _new_store(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f"{path.name}*"):  # with the journals beside it
        old.unlink()
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    return engine


def _crawl(engine: Engine, headlines: Path, folder: Path) -> None:
    with headlines.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["date"])
    now = datetime.now(UTC)
    files = write_feeds([(row["text"], row["source"]) for row in rows], folder, now)
    with serve_folder(folder) as address:
        settings = demo_settings(load_feeds(), address, files)
        summary = crawl_feeds(settings, EngineStore(engine))
    with writing(engine) as connection:
        record_run(connection, "crawl", now)
    print("\n".join(summary_lines(summary)))


def _score(engine: Engine, predictor: Predictor) -> None:
    now = datetime.now(UTC)
    with reading(engine) as connection:
        total = count_titles(connection)
    with tqdm(total=total, desc="scoring", unit=" headlines") as bar:
        score_titles(engine, predictor.version, predictor.predict_proba, since=now - HISTORY, progress=bar.update)
    with writing(engine) as connection:
        activate_version(connection, predictor.version, now)
        record_run(connection, "score", datetime.now(UTC))
    with reading(engine) as connection:
        for hours in (24, 24 * 7, 24 * 30):
            found = last_hours(connection, predictor.version, hours, now)
            print(json.dumps({"hours": hours} | asdict(found), default=datetime.isoformat))


if __name__ == "__main__":
    main()
