"""The live half of the demo: serve sample feeds over HTTP, crawl and score them, print the barometer.

The headlines are the unlabelled ones of the demo corpus, which no model was trained on, dated evenly over the last 30
days. They go to a store of their own, recreated each time, so that they never mix with real news.
"""

import csv
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from tqdm import tqdm

from barometer.live.demo_feeds import demo_settings, serve_folder, write_feeds
from barometer.live.index import last_hours
from barometer.live.refresh import crawl_news, score_window, waiting
from barometer.live.score import Scorer
from barometer.live.settings import load_feeds
from barometer.live.store.engine import open_engine, reading
from barometer.live.store.upgrade import upgrade
from barometer.live.summary import summary_lines
from barometer.predictor import Predictor
from barometer.release import FAST, find_model
from barometer.scoring import scorer_of
from pipelines.flows.once import barometer_line


def main() -> None:
    """Fill the store, and print the barometer."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--headlines", type=Path, default=Path("data/demo/unlabelled.csv"))
    parser.add_argument("--model", type=find_model, default=find_model(FAST))
    parser.add_argument("--folder", type=Path, default=Path("outputs/demo"), help="Where feeds and store go.")
    options = parser.parse_args()
    engine = _new_store(options.folder / "barometer.db")
    _crawl(engine, options.headlines, options.folder / "feeds")
    _score(engine, scorer_of(Predictor.load(options.model)))
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
    files = write_feeds([(row["text"], row["source"]) for row in rows], folder, datetime.now(UTC))
    with serve_folder(folder) as address:
        summary = crawl_news(engine, demo_settings(load_feeds(), address, files))
    print("\n".join(summary_lines(summary)), flush=True)


def _score(engine: Engine, scorer: Scorer) -> None:
    total = waiting(engine, scorer.version)
    with tqdm(total=total, desc="scoring", unit=" headlines", miniters=total // 4) as bar:
        score_window(engine, scorer, progress=bar.update)
    with reading(engine) as connection:
        for days in (1, 7, 30):
            print(barometer_line(last_hours(connection, scorer.version, 24 * days, datetime.now(UTC))))


if __name__ == "__main__":
    main()
